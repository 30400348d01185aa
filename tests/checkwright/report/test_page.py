"""The page and the text of a report: complete, equal for equal input, and safe with hostile names."""

from html.parser import HTMLParser

import pytest

from checkwright.report.build import Wishes, build
from checkwright.report.facts import Budget, Endpoint, Report, Saturation, Scope
from checkwright.report.page import page
from checkwright.report.scopes import grouped
from checkwright.report.terminal import WIDTH, lines
from checkwright.web.markup import Markup, tag
from tests.support.shop_day import MIDNIGHT, SLOWED, shop_day

#: Each test reads a whole day of requests.
pytestmark = pytest.mark.slow

SELF_CLOSED = {"meta", "rect", "line", "polyline"}
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></svg><script>alert(2)</script>",
    "GET /\x1b[31mred\x07\x00",
    "GET /\u202egnp.exe",
    "GET /&lt;b&gt;",
    "GET /ü/" + "x" * 400,
)


class Elements(HTMLParser):
    """Elements and text of a page. Raises AssertionError for one that is not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs
        if tag != "meta":
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SELF_CLOSED
        self.names.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def scope_with(*names: str) -> Scope:
    """Return a scope where each text of others is one of these names."""
    hours = ((120, 400), None, (90, 20), (5_000, 900))
    first = names[0]
    endpoints = tuple(
        Endpoint(name=name, requests=400, timed=400, p50=20, p99=120, sure=90, limit=80.0, p99_total=300, hours=hours)
        for name in names
    )
    rising = Saturation(
        host=first, resource=first, unit="%", at_peak=60, limit=100, times=1.6, fit=0.93, points=288, source=first
    )
    flat = Saturation(
        host="web-1", resource="swap", unit="%", at_peak=1, limit=80, times=None, fit=0.1, points=288, source="results"
    )
    budget = Budget(
        name=first,
        endpoints=names,
        percent=99.9,
        under=500,
        days=30,
        requests=1_000,
        slow=3,
        left=-2.0,
        burned_by=((first, 3),),
        covered_days=2,
    )
    return Scope(
        environment=first,
        role=first,
        hosts=names,
        start=MIDNIGHT,
        end=MIDNIGHT + 4 * 3_600,
        requests=800,
        unreadable=0,
        norequest=0,
        skipped=0,
        buckets=tuple(MIDNIGHT + hour * 3_600 for hour in range(4)),
        width=3_600,
        endpoints=endpoints,
        changes=(),
        comparable=True,
        peak=None,
        saturation=(rising, flat),
        budgets=(budget,),
        not_seen=(first,),
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(name: str) -> None:
    expected = Elements(page(Report(scopes=(scope_with("GET /plain"),), notes=("a note",))))
    found = Elements(page(Report(scopes=(scope_with(name),), notes=(name,))))
    assert found.names == expected.names
    assert {key for key, _ in found.attributes} == {key for key, _ in expected.attributes}
    text = "".join(found.texts) + "".join(value or "" for _, value in found.attributes)
    assert not any(character in text for character in "\x1b\x07\x00\u202e")


@pytest.mark.parametrize("name", HOSTILE)
def test_text_for_a_terminal_is_printable_and_narrow(name: str) -> None:
    for line in lines(Report(scopes=(scope_with(name, "GET /plain"),))):
        assert line.isprintable()
        assert len(line) <= WIDTH or "x" * 100 in line


def test_page_needs_no_other_file() -> None:
    text = page(Report(scopes=(scope_with("GET /plain"),)))
    for word in ("http://", "https://", "src=", "href=", "@import", "url("):
        assert word not in text
    assert "default-src &#x27;none&#x27;" in text


def test_limits_that_are_surely_exceeded_are_marked() -> None:
    scope = scope_with("GET /plain")
    assert '<td data-v="120" class="over">120 ms</td>' in page(Report(scopes=(scope,)))
    assert any("120 ms!" in line for line in lines(Report(scopes=(scope,))))


def test_page_and_text_of_a_day() -> None:
    report = build(grouped(shop_day(rate=6, hours=17, workers=4, connections=2).parts), Wishes())
    text = page(report)
    assert text == page(report)
    found = Elements(text)
    assert len(text) < 200_000
    joined = " ".join(found.texts)
    for sentence in ("Which API call is slow?", "When?", "Where does time go at the peak?", "What is not seen"):
        assert sentence in joined
    assert SLOWED in joined
    printed = list(lines(report))
    assert max(map(len, printed)) <= WIDTH
    assert sum(line.startswith(("GET ", "POST ")) for line in printed) == 13


def test_saturation_and_budgets_are_sentences_in_a_terminal() -> None:
    printed = " ".join("\n".join(lines(Report(scopes=(scope_with("GET /plain"),)))).split())
    assert "GET /plain of GET /plain: 60 % at the peak, 100 % at most at 1.6 x the peak (r2 0.93)" in printed
    assert "swap of web-1: does not follow the load (r2 0.10)" in printed
    assert "overspent 2.0 times; burned by GET /plain (3); the counts hold 2.0 of 30 days" in printed


def test_tag_escapes_all_but_markup() -> None:
    assert tag("b", "<i>", Markup("<u/>"), title='"<', data_v=1.25, class_=None) == (
        '<b title="&quot;&lt;" data-v="1.2">&lt;i&gt;<u/></b>'
    )
