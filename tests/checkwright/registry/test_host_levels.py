"""Tests of the levels at which a machine notifies its teams."""

from checkwright.registry.host_levels import HostLevel, host_levels
from checkwright.registry.plan import Entry, Notify, Origin


def entry(owner: str, notify: Notify, *quiet: str) -> Entry:
    return Entry(id="x:y", name="y", role="x", command=(), owner=owner, notify=notify, quiet=quiet,
                 origin=Origin("a.py", 1), hosts=("web-1", "web-2"))  # fmt: skip


def levels(*entries: Entry) -> dict[str, HostLevel]:
    return host_levels((one.hosts, one) for one in entries)["web-1"]


def test_each_team_has_its_most_urgent_level() -> None:
    found = levels(entry("a", "ticket"), entry("a", "page"), entry("a", "nobody"), entry("b", "office-hours"))
    assert {team: one.level for team, one in found.items()} == {"a": "page", "b": "office-hours"}


def test_quiet_hours_are_those_that_all_watches_of_the_level_share() -> None:
    assert levels(entry("a", "page", "night", "lunch"), entry("a", "page", "night"), entry("a", "ticket")) == {
        "a": HostLevel("page", frozenset({"night"}))
    }
    assert levels(entry("a", "page", "night"), entry("a", "page"))["a"].quiet == frozenset()


def test_a_host_has_the_entries_that_name_it() -> None:
    found = host_levels([(("web-1",), entry("a", "page")), (("web-1", "web-2"), entry("b", "nobody"))])
    assert set(found["web-1"]) == {"a", "b"}
    assert set(found["web-2"]) == {"b"}
    assert found["web-2"]["b"].level == "nobody"
