"""Markdown of changes: names and reasons are data, and a comment is never longer than GitHub accepts."""

import random
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from checkwright.changes.changes_markdown import LONGEST, MARKER, markdown
from checkwright.changes.changes_model import (
    EnvironmentChanges,
    FleetChanges,
    NotifiedChange,
    RecordChange,
    Route,
    ValueChange,
    WatchChange,
)
from checkwright.changes.code_spans import code
from checkwright.registry.plan import Origin

PLACE = Origin("shop/fleet/payments.py", 16)
NIGHT = Route("payments", "pager", "at any time", night=True)

HOSTILE = (
    "a|b",
    "`code`",
    "``",
    "a`",
    "\\",
    "\\|",
    "a\\",
    "<script>alert(1)</script>",
    "<!-- checkctl -->",
    "-->",
    "</details>",
    "@octocat",
    "#123",
    "[x](https://evil.example.com)",
    "![x](https://evil.example.com/a.png)",
    "https://evil.example.com/",
    "www.evil.example.com",
    "**bold** _it_ ~~no~~",
    "# heading",
    "two\nlines\r\n| a | b |",
    "\u202emirrored",
    "\x1b[31mred",
    " ",
    "",
    " padded ",
    "&lt;b&gt;",
    "$x$ :tada:",
    "é ü 漢字",
    "org/repo#1 0123456789abcdef0123456789abcdef01234567",
)


class Text(HTMLParser):
    """Tags of a page, and the text inside and outside of <code>."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.codes: list[str] = []
        self.outside = ""
        self._depth = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "code":
            self._depth += 1
            self.codes.append("")

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "code"

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.codes[-1] += data
        else:
            self.outside += data


def rendered(text: str) -> Text:
    """Return Markdown as GitHub's dialect makes HTML of it: tables, bare links, strikethrough, HTML as it is."""
    return Text(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text))


def fleet(hostile: str, rows: int = 1) -> FleetChanges:
    """Return changes whose every text is hostile."""
    origin = Origin(hostile, 1)
    route = Route(hostile, "pager", hostile, hostile, True)
    value = ValueChange(
        hostile, hostile, "option", hostile, hostile, f"{hostile}2", "", hostile, hostile, origin, (hostile,), (route,)
    )
    watch = WatchChange(hostile, hostile, hostile, (hostile,), (route,), origin)
    record = RecordChange("host", hostile, "changed", ((hostile, hostile, hostile),))
    one = EnvironmentChanges(
        hostile,
        "changed",
        (watch,) * rows,
        (watch,) * rows,
        tuple(ValueChange(*[f"{hostile}{n}", *[getattr(value, f) for f in value.__slots__[1:]]]) for n in range(rows)),
        (NotifiedChange(route, 1, 2, 3, 4),) * rows,
        (record,) * rows,
    )
    return FleetChanges(hostile, hostile, (one,))


def test_comment_of_one_threshold() -> None:
    value = ValueChange(
        "payments-api:disk",
        "payments",
        "threshold",
        "space warning",
        "75",
        "60",
        "stricter",
        "",
        "",
        PLACE,
        ("pay-1", "pay-2"),
        (NIGHT,),
    )
    one = EnvironmentChanges("production", "changed", values=(value,), notified=(NotifiedChange(NIGHT, 0, 0, 2, 0),))
    assert markdown(FleetChanges("main", "HEAD", (one,))) == (
        f"{MARKER}\n"
        "### checkctl changes\n"
        "\n"
        "1 changed value between `main` and `HEAD`. 2 watches may page more at night.\n"
        "\n"
        "#### Who is notified\n"
        "\n"
        "Watches on hosts: new and gone ones, and ones whose thresholds became stricter or looser.\n"
        "\n"
        "| environment | team | by | when | night | more | fewer | stricter | looser |\n"
        "|---|---|---|---|---|---|---|---|---|\n"
        "| `production` | `payments` | `pager` | `at any time` | yes |  |  | 2 |  |\n"
        "\n"
        "#### Thresholds and settings\n"
        "\n"
        "| watch | value | old → new | effect | where | reason, place | alerts go to |\n"
        "|---|---|---|---|---|---|---|\n"
        "| `payments-api:disk` | `space warning` | `75` → `60` | stricter | `production`: `pay-1, pay-2` "
        "| `shop/fleet/payments.py:16` | `payments by pager at any time in production` |\n"
    )


def test_nothing_changes() -> None:
    nothing = FleetChanges("a", "b", (EnvironmentChanges("qa", "changed"),))
    assert markdown(nothing) == f"{MARKER}\n### checkctl changes\n\nNothing changes between `a` and `b`.\n"


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_code_shows_the_text_and_nothing_else(text: str) -> None:
    found = rendered(f"| a | b |\n|---|---|\n| {code(text)} | end |\n")
    assert found.tags == ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "code", "td"]
    shown = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    assert found.codes == [shown if shown.strip() else "\xa0"]
    assert "end" in found.outside


@pytest.mark.parametrize("text", [text for text in HOSTILE if text], ids=range(len(HOSTILE) - 1))
def test_hostile_names_change_no_markup(text: str) -> None:
    plain, hostile = rendered(markdown(fleet("plain"))), rendered(markdown(fleet(text)))
    assert hostile.tags == plain.tags
    assert len(hostile.codes) == len(plain.codes)
    assert hostile.outside == plain.outside


def random_texts() -> Iterator[str]:
    random.seed(20)
    for _ in range(100):
        yield "".join(random.choices("`|\\<>&@#[]()!*_~-:/. \n\tab1\u202e\x00é", k=random.randint(1, 12)))


def test_random_names_change_no_markup() -> None:
    plain = rendered(markdown(fleet("plain")))
    for text in random_texts():
        hostile = rendered(markdown(fleet(text)))
        assert (hostile.tags, hostile.outside) == (plain.tags, plain.outside), repr(text)


@pytest.mark.parametrize("name", ["web", "`" * 300, "漢" * 300, "|" * 300])
@pytest.mark.parametrize("rows", [1, 60, 2_000])
def test_comment_is_never_too_long(name: str, rows: int) -> None:
    text = markdown(fleet(name, rows))
    assert len(text.encode()) <= LONGEST
    assert text.startswith(f"{MARKER}\n")
    found = rendered(text)
    assert found.tags.count("details") == 3
    if rows == 2_000:
        assert "more rows: run `checkctl changes` to list all." in text


def test_long_values_are_cut() -> None:
    assert code("x" * 500) == f"`{'x' * 197}...`"
