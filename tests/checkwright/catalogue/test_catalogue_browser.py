"""The pages in a real Chromium, from file://: search by keyboard, narrow screens, the dark scheme, and axe-core."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from checkwright.catalogue import search_index
from checkwright.catalogue.plan_index import PlanIndex
from checkwright.registry.plan import Plan
from tests.support.browser import Shown, axe, picture, show

pytestmark = pytest.mark.slow

#: One page of each kind.
KINDS = (
    "index.html",
    "checks.html",
    "exceptions.html",
    "parity.html",
    "environment/production.html",
    "host/production/pay-1.html",
    "host/production/db-1.html",
    "role/production/payments-api.html",
    "team/storefront.html",
    "check/checkout.html",
)
REPORT = 'const report=value=>{const out=document.createElement("pre");out.id="report";\
out.textContent=JSON.stringify(value);document.body.append(out)};'
AXE = "axe.run().then(found=>report(found.violations.map(one=>[one.impact,one.id,one.nodes.map(node=>node.html)])));"
WIDTH = "report([document.documentElement.scrollWidth,document.documentElement.clientWidth]);"
#: Waits for the index, types a query with the keys of a reader, and chooses the second result.
KEYS = """
const box=document.getElementById(":search"),key=(name,at)=>at.dispatchEvent(
new KeyboardEvent("keydown",{key:name,bubbles:true,cancelable:true}));
key("/",document.body);
const focused=document.activeElement===box;
const wait=()=>{if(typeof CATALOGUE==="undefined"){setTimeout(wait,20);return}
box.value="disk";box.dispatchEvent(new Event("input"));
const names=[...document.querySelectorAll("[role=option] b")].map(one=>one.textContent);
key("ArrowDown",box);key("ArrowDown",box);
const active=document.getElementById(box.getAttribute("aria-activedescendant")||"none");
const chosen=active?active.textContent:"";
key("Escape",box);const closed=document.getElementById(":found").hidden;
report([focused,names.length,chosen,closed])};wait();
"""
#: Chooses the first result, which leaves the page.
ENTER = """
const box=document.getElementById(":search");box.focus();
const wait=()=>{if(typeof CATALOGUE==="undefined"){setTimeout(wait,20);return}
box.value="web-aws-1";box.dispatchEvent(new Event("input"));
box.dispatchEvent(new KeyboardEvent("keydown",{key:"Enter",bubbles:true,cancelable:true}))};wait();
"""


@pytest.fixture(scope="module")
def site(pages: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalogue")
    for path, text in pages.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def scripted(site: Path, path: str, *scripts: str) -> Path:
    """Write a copy of a page with further scripts, and without the policy that would forbid them."""
    text, removed = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", (site / path).read_text())
    assert removed == 1
    inside = "".join(f"<script>{script}</script>" for script in (REPORT, *scripts))
    copy = (site / path).with_name(f"scripted-{Path(path).name}")
    copy.write_text(text.replace("</body>", f"{inside}</body>"))
    return copy


def reported(shown: Shown) -> list[object]:
    found = re.search(r'<pre id="report">(.*?)</pre>', shown.dom, re.DOTALL)
    assert found is not None, f"the script of the test reported nothing: {shown.console}"
    result: list[object] = json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    return result


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", KINDS)
def test_axe_finds_no_barrier(site: Path, tmp_path: Path, path: str, dark: bool) -> None:
    page = scripted(site, path, axe(), AXE, 'document.body.id=matchMedia("(prefers-color-scheme: dark)").matches;')
    shown = show(page, tmp_path, dark=dark)
    assert f'id="{str(dark).lower()}"' in shown.dom
    assert reported(shown) == []


def test_search_has_no_barrier_while_results_are_shown(site: Path, tmp_path: Path) -> None:
    opened = KEYS.replace('key("Escape",box);const closed=document.getElementById(":found").hidden;', "")
    opened = opened.replace("report([focused,names.length,chosen,closed])", AXE)
    page = scripted(site, "host/production/db-1.html", axe(), opened)
    assert reported(show(page, tmp_path)) == []


def test_page_loads_its_style_and_script_under_its_policy(site: Path, tmp_path: Path) -> None:
    shown = show(site / "host/production/pay-1.html", tmp_path)
    assert shown.console == ()
    (box,) = re.findall(r"<input[^>]*>", shown.dom)
    assert "hidden" not in box  # the script shows it


def test_policy_forbids_other_scripts(site: Path, tmp_path: Path) -> None:
    page = site / "host/production/with-script.html"
    text = (site / "host/production/pay-1.html").read_text()
    page.write_text(text.replace("</body>", "<script>document.title='run'</script></body>"))
    shown = show(page, tmp_path)
    assert "<title>run</title>" not in shown.dom
    assert any("Content Security Policy" in line for line in shown.console)


def test_search_works_by_keyboard(site: Path, tmp_path: Path) -> None:
    focused, number, chosen, closed = reported(show(scripted(site, "index.html", KEYS), tmp_path))
    assert (focused, closed) == (True, True)
    assert isinstance(number, int) and 5 < number <= 30
    assert str(chosen).startswith("disk")


def test_enter_opens_the_best_result(site: Path, tmp_path: Path) -> None:
    shown = show(scripted(site, "team/storefront.html", ENTER), tmp_path)
    assert "<h1>web-aws-1</h1>" in shown.dom


def test_search_of_pages_and_of_the_terminal_agree(plans: Sequence[Plan], site: Path, tmp_path: Path) -> None:
    rows = search_index.rows([PlanIndex(plan) for plan in plans])
    queries = [
        "disk",
        "pay",
        "web",
        "staging api",
        "invoices",
        "10.20",
        "used space",
        "Sqs",
        "x",
        "platform",
        "2027-01",
    ]
    ask = (
        'document.getElementById(":search").focus();const wait=()=>{if(typeof CATALOGUE==="undefined"){'
        f"setTimeout(wait,20);return}}report({json.dumps(queries)}.map(catalogueSearch))}};wait();"
    )
    found = reported(show(scripted(site, "index.html", ask), tmp_path))
    assert found == [[row.path for row in search_index.search(rows, query)] for query in queries]
    assert all(found)


@pytest.mark.parametrize("path", KINDS)
def test_narrow_page_does_not_scroll_sideways(site: Path, tmp_path: Path, path: str) -> None:
    width, visible = reported(show(scripted(site, path, WIDTH), tmp_path, "390,900"))
    assert isinstance(visible, int) and visible <= 500
    assert width == visible


#: Computed styles: the search, a folded command, and a row of a table.
PRINTED = """
const of=name=>document.querySelector(name);
report([getComputedStyle(of(".search")).display,of("details pre").checkVisibility({contentVisibilityAuto:true,
visibilityProperty:true})&&of("details pre").getBoundingClientRect().height>0,getComputedStyle(of("tr")).breakInside]);
"""


@pytest.mark.parametrize("printed", [False, True], ids=["on the screen", "on paper"])
def test_paper_has_no_search_and_unfolds_commands(site: Path, tmp_path: Path, printed: bool) -> None:
    page = scripted(site, "role/production/payments-api.html", PRINTED)
    if printed:  # the style of paper, on the screen
        style = (site / "assets/style.css").read_text().replace("@media print", "@media screen")
        (site / "assets/printed.css").write_text(style)
        page.write_text(page.read_text().replace("assets/style.css", "assets/printed.css"))
    expected = ["none", True, "avoid"] if printed else ["block", False, "auto"]
    assert reported(show(page, tmp_path)) == expected


def test_past_days_are_marked(site: Path, tmp_path: Path) -> None:
    page = site / "exceptions.html"
    text = page.read_text()
    old = site / "old-exceptions.html"
    old.write_text(text.replace('datetime="2027-01-31"', 'datetime="2020-01-31"'))
    dom = show(old, tmp_path).dom
    assert '<time datetime="2020-01-31" class="past">2027-01-31 (past)</time>' in dom
    assert dom.count("(past)") == 1


def test_dark_scheme_differs(site: Path, tmp_path: Path) -> None:
    pictures = []
    for dark in (False, True):
        picture(site / "host/production/pay-1.html", tmp_path / f"{dark}.png", tmp_path, "1000,900", dark=dark)
        pictures.append((tmp_path / f"{dark}.png").read_bytes())
    assert all(data.startswith(b"\x89PNG") and len(data) > 20_000 for data in pictures)
    assert pictures[0] != pictures[1]
