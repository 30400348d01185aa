"""The page and the text of a status: complete, without a script, and safe with hostile output."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from checkwright.status.present_problems import Source, Status, status
from checkwright.status.status_dat import parse
from checkwright.status.status_json import as_json
from checkwright.status.status_page import page
from checkwright.status.status_text import lines
from checkwright.web.clock import Clock
from shop.nagios_status import block
from tests.checkwright.status.night import HOSTILE, HTTP, NOW, PLAN, bad, status_text

CLOCK = Clock("UTC")
KEY = {"host_name": "web-1", "service_description": "http"}


class Elements(HTMLParser):
    """Elements, attributes and text of a page. Raises AssertionError for one that is not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.names: set[str] = set()
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag != "meta":
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def seen(text: str) -> Status:
    return status([PLAN], [parse(text)], [], NOW + 5)


def hostile(output: str) -> Status:
    """Return a status with a text in every place that others write."""
    services = {
        ("web-1", "http"): bad(output=output, long_plugin_output=output, problem_has_been_acknowledged=1),
        ("web-2", "http"): bad(output=output, long_plugin_output=output, scheduled_downtime_depth=1),
        ("web-1", "load"): bad(output=output, long_plugin_output=output),
        ("old-1", "of another tool"): bad(output=output),
    }
    comment = {**KEY, "entry_type": 4, "entry_time": 1, "author": output, "comment_data": output}
    downtime = {**KEY, "host_name": "web-2", "start_time": 1, "end_time": 2, "is_in_effect": 1}
    return seen(
        status_text(
            services,
            {},
            block("servicecomment", comment),
            block("servicedowntime", {**downtime, "author": output, "comment": output}),
        )
    )


def test_page_shows_each_fact_of_a_problem() -> None:
    output = bad(1, since=840, output="DISK WARNING: /srv 83 %", long_plugin_output=r"/ 20 %\n/srv 83 %")
    found = Elements(page(seen(status_text({("pay-1", "disk"): output})), CLOCK))
    text = " ".join(found.texts)
    for part in (
        "Problems of production",
        "1 problem: 1 WARNING; 7 watches OK",
        "status.dat, 5 s old",
        "payments: 1 WARNING",
        "payments-api, production",
        "disk on pay-1",
        "for 14 min, since ",
        "pages in office hours",
        "DISK WARNING: /srv 83 %",
        "Why: the archive; it is meant to be full",
        "declared at shop/fleet/payments.py:13",
        "/ 20 %\n/srv 83 %",
    ):
        assert part in text
    assert ("a", "href", "https://runbooks.example.com/payments/?a=1&b=2") in found.attributes
    assert "script" not in found.names


def test_several_environments_have_a_table() -> None:
    other = replace(PLAN, environment="qa")
    text = status_text({("web-1", "http"): bad(), ("web-2", "load"): bad(1)})
    found = page(status([PLAN, other], [parse(text)], [], NOW), CLOCK)
    assert 'aria-label="Problems by environment"' in found
    assert "<tr><td>production</td><td>1</td><td>1</td></tr><tr><td>qa</td><td>-</td><td>-</td></tr>" in found
    assert "Problems by environment" not in page(seen(text), CLOCK)


def test_page_without_problems_says_so() -> None:
    assert "No problem is open." in page(seen(status_text()), CLOCK)
    assert "<title>Problems of production</title>" in page(seen(status_text()), CLOCK)


def test_old_data_are_an_alert() -> None:
    found = status([PLAN], [parse(status_text())], [], NOW + 721)
    words = "status.dat is 12 min old, written "
    assert f'role="alert">{words}' in page(found, CLOCK)
    assert "<title>! Problems of production</title>" in page(found, CLOCK)
    assert any(line.startswith(f"! {words}") for line in lines(found, CLOCK))


def test_unreadable_source_is_an_alert() -> None:
    found = status([PLAN], [parse(status_text())], [Source(name="x", kind="sensu", problem="Sensu is away")], NOW)
    assert 'role="alert">Sensu is away.' in page(found, CLOCK)
    assert "! Sensu is away." in list(lines(found, CLOCK))


def test_page_loads_again_only_where_it_is_served() -> None:
    assert "refresh" not in page(seen(status_text()), CLOCK)
    assert '<meta http-equiv="refresh" content="30"/>' in page(seen(status_text()), CLOCK, refresh=30)


@pytest.mark.parametrize("output", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_output_is_only_text_in_the_page(output: str) -> None:
    usual = Elements(page(hostile("harmless"), CLOCK))
    text = page(hostile(output), CLOCK)
    found = Elements(text)
    assert found.names == usual.names
    assert [(tag, name) for tag, name, _ in found.attributes] == [(tag, name) for tag, name, _ in usual.attributes]
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert len(text) < 60_000


@pytest.mark.parametrize("output", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_output_cannot_control_a_terminal(output: str) -> None:
    found = list(lines(hostile(output), CLOCK))
    assert all(line.isprintable() for line in found)
    assert max(map(len, found)) < 1_100


def test_runbook_that_is_no_link_is_not_linked() -> None:
    entries = tuple(replace(one, runbook="javascript:alert(1)") for one in PLAN.entries)
    found = status([replace(PLAN, entries=entries)], [parse(status_text({("web-1", "http"): bad()}))], [], NOW)
    assert 'href="javascript' not in page(found, CLOCK)
    assert found.problems[0].runbook == "javascript:alert(1)"


def test_many_problems_are_cut_and_the_rest_is_counted() -> None:
    hosts = tuple(f"web-{number}" for number in range(1, 701))
    plan = replace(
        PLAN,
        hosts=tuple(replace(PLAN.hosts[1], name=name, parents=()) for name in hosts),
        entries=(replace(HTTP, hosts=hosts),),
    )
    services = {(host, "http"): bad() for host in hosts}
    text = page(status([plan], [parse(status_text(services))], [], NOW), CLOCK)
    assert text.count('<li class="CRITICAL">') == 500
    assert "200 further problems: see one team with --team" in text


def test_json_has_every_fact() -> None:
    found = as_json(seen(status_text({("web-1", "load"): bad()})))
    assert (found["version"], found["environments"], found["good"]) == (1, ["production"], 7)
    assert found["problems"][0]["host"] == "web-1"
    assert found["sources"][0]["age"] == 5.0
