"""The documentation site in a real Chromium: search, themes, barriers, a phone's width, and no other host."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.support.browser import axe
from tests.support.site import build_site
from tests.support.visited_site import Visit, VisitedSite, served

pytestmark = pytest.mark.slow

PHONE = 390
DESKTOP = 1240
#: One page of each kind: start page, pictures, tables, code, generated pages.
PAGES = (
    ("/", DESKTOP),
    ("/", PHONE),
    ("/guides/latency-report/", DESKTOP),
    ("/guides/write-a-check/", DESKTOP),
    ("/reference/api/", DESKTOP),
    ("/reference/checks/", DESKTOP),
    ("/reference/checks/redis/", DESKTOP),
    ("/reference/checks/redis/", PHONE),
)

SEARCH = """
document.querySelector(".md-search__button").click();
const root=()=>[...document.querySelectorAll("*")].map(one=>one.shadowRoot).find(Boolean);
const input=await until(()=>root()?.querySelector("input"));
input.value="redis";
input.dispatchEvent(new InputEvent("input",{bubbles:true,composed:true}));
await until(()=>root().querySelector("a[href]"));
report("result",[...root().querySelectorAll("a[href]")].map(one=>new URL(one.href).pathname));
"""
#: Switches the theme until the dark one is chosen by hand, and loads the page again.
THEME = """
const scheme=()=>document.body.dataset.mdColorScheme;
const color=()=>getComputedStyle(document.body).backgroundColor;
if(!sessionStorage.before){
  sessionStorage.before=JSON.stringify([scheme(),color()]);
  for(const name of ["Switch to light mode","Switch to dark mode"]){
    const label=await until(()=>document.querySelector(`label[title="${name}"]:not([hidden])`));
    label.click();
    await until(()=>label.hidden);
  }
  location.reload();
}else report("result",[JSON.parse(sessionStorage.before),[scheme(),color()]]);
"""
#: Opens pages in frames and collects `look(window)` of each. A frame may be narrower than the least width of a window.
FRAMES = """
if(top!==window)return;
const result={};
for(const [page,width] of PAGES){
  const frame=document.createElement("iframe");
  frame.style=`width:${width}px;height:900px;border:0`;
  frame.src=page;
  document.body.append(frame);
  await new Promise(go=>frame.onload=go);
  result[`${page} ${width}`]=await LOOK(frame.contentWindow);
  frame.remove();
}
report("result",result);
"""
#: Serious barriers, each with its rule and the elements.
BARRIERS = """async page=>(await page.axe.run()).violations.filter(one=>["serious","critical"].includes(one.impact))
.map(one=>[one.id,one.nodes.map(node=>node.html+node.any.map(any=>any.message))])"""
#: Width of the frame, and true if the page can be scrolled sideways.
SCROLLS = """page=>{const root=page.document.documentElement;
return [page.innerWidth,root.scrollWidth>root.clientWidth]}"""


def in_frames(pages: Iterable[tuple[str, int]], look: str) -> str:
    """Return a script that looks at pages, each with the width of its frame."""
    return f"const PAGES={json.dumps(list(pages))},LOOK={look};{FRAMES}"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_site(tmp_path_factory.mktemp("site")).folder


@pytest.fixture(scope="module")
def site(built: Path) -> Iterator[VisitedSite]:
    with served(built) as visited:
        yield visited


def assert_clean(visit: Visit) -> None:
    """Assert that the browser logged nothing: the policy of the page makes a request to another host an error there."""
    assert visit.console == ()


def test_search_finds_redis(site: VisitedSite, tmp_path: Path) -> None:
    visit = site.visit("/", SEARCH, tmp_path)
    assert_clean(visit)
    assert "/reference/checks/redis/" in visit.result[:3]


def test_theme_switch_works_and_is_kept(site: VisitedSite, tmp_path: Path) -> None:
    visit = site.visit("/guides/", THEME, tmp_path)
    assert_clean(visit)
    (before, light), (after, dark) = visit.result
    assert (before, after) == ("default", "slate")
    assert light != dark


def test_theme_follows_the_system(site: VisitedSite, tmp_path: Path) -> None:
    visit = site.visit("/", 'report("result",document.body.dataset.mdColorScheme)', tmp_path, dark=True)
    assert visit.result == "slate"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_no_serious_barrier(dark: bool, site: VisitedSite, tmp_path: Path) -> None:
    visit = site.visit("/", axe() + in_frames(PAGES, BARRIERS), tmp_path, dark=dark)
    assert_clean(visit)
    assert visit.result == {f"{page} {width}": [] for page, width in PAGES}


def test_no_page_is_wider_than_a_phone(site: VisitedSite, built: Path, tmp_path: Path) -> None:
    folders = [file.parent.relative_to(built).as_posix() for file in built.rglob("index.html")]
    pages = ["/" if folder == "." else f"/{folder}/" for folder in folders]
    visit = site.visit("/", in_frames(((page, PHONE) for page in pages), SCROLLS), tmp_path)
    assert_clean(visit)
    assert visit.result == {f"{page} {PHONE}": [PHONE, False] for page in pages}


def test_request_to_another_host_is_an_error_in_the_console(site: VisitedSite, tmp_path: Path) -> None:
    script = 'await fetch("http://127.0.0.2:9/").catch(()=>0);report("result",1)'
    visit = site.visit("/", script, tmp_path)
    assert any("Content Security Policy" in message for message in visit.console)
