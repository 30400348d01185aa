"""The page in a real Chromium: it renders, sorts, logs no error, and axe-core finds no serious barrier."""

import json
import re
from pathlib import Path

import pytest

from checkwright.report.build import Wishes, build
from checkwright.report.facts import Report
from checkwright.report.page import page
from checkwright.report.scopes import grouped
from tests.checkwright.report.test_page import HOSTILE, scope_with
from tests.support.browser import axe, picture, show
from tests.support.shop_day import shop_day

pytestmark = pytest.mark.slow

#: Clicks the head of a column twice, and writes the first column's order into the document before and after.
CLICKS = """
const table=document.querySelector("table.sort"),orders=[];
const names=()=>[...table.tBodies[0].rows].map(row=>row.cells[0].textContent);
const button=[...table.querySelectorAll("th button")].find(one=>one.textContent==="Requests");
orders.push(names());button.click();orders.push(names());button.click();orders.push(names());
const out=document.createElement("pre");out.id="orders";out.textContent=JSON.stringify(orders);
document.body.append(out);
"""
AXE = """
axe.run().then(found=>{const out=document.createElement("pre");out.id="axe";
out.textContent=JSON.stringify(found.violations.map(one=>[one.impact,one.id,one.nodes.map(node=>node.html)]));
document.body.append(out)});
"""


@pytest.fixture(scope="module")
def report() -> Report:
    days = [shop_day(rate=6, hours=17, workers=4, connections=2), shop_day(rate=0.5, hours=3, environment="qa")]
    return build(grouped(part for day in days for part in day.parts), Wishes())


def with_script(text: str, *scripts: str) -> str:
    """Return a page with further scripts, and without the policy that would forbid them."""
    text, removed = re.subn(r"<meta http-equiv=[^>]*>", "", text)
    assert removed == 1
    return text.replace("</body>", "".join(f"<script>{script}</script>" for script in scripts) + "</body>")


def written(dom: str, name: str) -> list[list[object]]:
    found = re.search(rf'<pre id="{name}">(.*?)</pre>', dom, re.DOTALL)
    assert found is not None, f"the script of the test wrote no {name}"
    result: list[list[object]] = json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    return result


def test_page_runs_its_script_without_errors(report: Report, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(page(report))
    shown = show(file, tmp_path)
    assert shown.console == ()
    assert "<button>Requests</button>" in shown.dom
    assert shown.dom.count("<svg") > 10


def test_table_sorts_by_a_click(report: Report, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(with_script(page(report), CLICKS))
    before, falling, rising = written(show(file, tmp_path).dom, "orders")
    requests = {one.name: one.requests for one in report.scopes[0].endpoints}
    assert before == list(requests)
    assert [requests[str(name)] for name in falling] == sorted(requests.values(), reverse=True)
    assert [requests[str(name)] for name in rising] == sorted(requests.values())


def test_axe_finds_no_serious_barrier(report: Report, tmp_path: Path) -> None:
    for number, text in enumerate((page(report), page(Report(scopes=(scope_with("GET /a", "GET /b"),) * 2)))):
        file = tmp_path / f"{number}.html"
        file.write_text(with_script(text, axe(), AXE))
        found = written(show(file, tmp_path).dom, "axe")
        assert [one for one in found if one[0] in ("serious", "critical")] == []


def test_console_shows_an_error_of_a_script(report: Report, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(with_script(page(report), "nothing.like.it()"))
    assert any("nothing is not defined" in line for line in show(file, tmp_path).console)


def test_hostile_names_run_nothing(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(with_script(page(Report(scopes=(scope_with(*HOSTILE),), notes=HOSTILE))))
    shown = show(file, tmp_path)
    assert shown.console == ()
    assert "<img" not in shown.dom
    assert shown.dom.count("<script") == 1


def test_picture_differs_in_the_dark_scheme(report: Report, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(page(report))
    pictures = []
    for dark in (False, True):
        picture(file, tmp_path / f"{dark}.png", tmp_path, "1240,900", dark=dark)
        pictures.append((tmp_path / f"{dark}.png").read_bytes())
    assert all(data.startswith(b"\x89PNG") and len(data) > 20_000 for data in pictures)
    assert pictures[0] != pictures[1]
