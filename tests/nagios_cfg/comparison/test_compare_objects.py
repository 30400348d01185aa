"""Two sets of object files compared: what changed, and what it means for those who are told."""

from dataclasses import replace

import pytest

from nagios_cfg.cfgfile import Unreadable
from nagios_cfg.comparison.compare_objects import compare
from nagios_cfg.comparison.difference import Change, Difference, NotificationChange
from nagios_cfg.comparison.watched_objects import read_definitions, watched_objects
from nagios_cfg.render import render
from tests.nagios_cfg.deployment.deployments import objects
from tests.nagios_cfg.plans import PRODUCTION

BOTH = objects("a", "b")


def edited(*edits: tuple[str, str], files: dict[str, str] = BOTH) -> dict[str, str]:
    """The same files with these texts replaced; each has to be there."""
    result = dict(files)
    for old, new in edits:
        assert any(old in text for text in result.values()), old
        result = {path: text.replace(old, new) for path, text in result.items()}
    return result


def changed(found: Difference) -> dict[str, dict[str, tuple[str | None, str | None]]]:
    """What changed by kind and name."""
    return {f"{one.what} {one.kind} {one.name}": dict(one.settings) for one in found.changes}


def test_the_same_in_other_files_is_the_same() -> None:
    found = compare(BOTH, {"one.cfg": "\n".join(BOTH.values())})
    assert found.changes == ()
    assert (found.hosts.gained, found.hosts.lost, found.notifications) == ((), (), ())


def test_where_it_is_declared_is_no_difference() -> None:
    before, after = (
        edited(("address              127", f"_ORIGIN  shop/fleet/web.py:{n}\n    address              127"))
        for n in (1, 2)
    )
    assert compare(before, after).changes == ()


def test_a_host_more() -> None:
    found = compare(BOTH, objects("a", "b", "c"))
    assert list(changed(found)) == ["added host c"]
    assert (found.hosts.gained, found.hosts.lost) == (("c",), ())
    assert (found.services.gained, found.services.lost) == (("c: disk",), ())
    assert found.notifications == (NotificationChange("team", "team", "always", more=2, less=0),)


def test_a_host_less() -> None:
    found = compare(BOTH, objects("a"))
    assert list(changed(found)) == ["removed host b"]
    assert (found.hosts.lost, found.services.lost) == (("b",), ("b: disk",))
    assert found.notifications == (NotificationChange("team", "team", "always", more=0, less=2),)


def test_a_setting_from_and_to() -> None:
    after = edited(
        ("check_interval       5", "check_interval       1"), ("retry_interval       1\n", "notes_url   https://x/\n")
    )
    assert changed(compare(BOTH, after)) == {
        "changed service template usual": {
            "check_interval": ("5", "1"),
            "retry_interval": ("1", None),
            "notes_url": (None, "https://x/"),
        }
    }


def test_a_service_that_moves_to_other_hosts_is_the_same_one() -> None:
    here = edited(("    service_description  disk\n", "    service_description  disk\n    host_name  a\n"))
    there = edited(("    service_description  disk\n", "    service_description  disk\n    host_name  !a\n"))
    (change,) = compare(here, there).changes
    assert change == Change("changed", "service", "disk", "!a", {"host_name": ("a", "!a")})
    assert compare(here, there).services.lost == ("a: disk",)


def test_what_a_template_says_decides_who_is_told() -> None:
    after = edited(
        ("    check_command        fine\n    check_interval", "    notifications_enabled  0\n    check_interval")
    )
    found = compare(BOTH, after)
    assert found.notifications == (NotificationChange("team", "team", "always", more=0, less=2),)
    assert found.services.lost == ()


def test_other_hours_are_told_as_more_and_less() -> None:
    usual = "    notification_period  always\n    contact_groups       team\n}\n\ndefine service"
    found = compare(BOTH, edited((usual, usual.replace("always", "day"))))
    assert found.notifications == (
        NotificationChange("team", "team", "always", more=0, less=2),
        NotificationChange("team", "team", "day", more=2, less=0),
    )


def test_what_checkctl_did_not_make_cannot_be_compared() -> None:
    with pytest.raises(Unreadable):
        compare({"theirs.cfg": "define host {\n\thost_name\tx\n}\n"}, BOTH)


def test_the_owner_is_the_team_of_the_contactgroup() -> None:
    (entry,) = (entry for entry in PRODUCTION.entries if entry.id == "payments-api:checkout")
    fewer = replace(PRODUCTION, entries=tuple(one for one in PRODUCTION.entries if one != entry))
    before, after = (
        {path: text for path, text in render(plan).items() if path.startswith("nagios/")}
        for plan in (PRODUCTION, fewer)
    )
    told = compare(before, after).notifications
    assert ("payments", "payments.page.production", 3) in {(one.owner, one.contactgroup, one.less) for one in told}


def test_the_first_template_wins_and_circles_end() -> None:
    text = """\
define host {
    name      one
    register  0
    use       two
    address   1
}

define host {
    name      two
    register  0
    use       one
    address   2
    alias     two
}

define host {
    use        two,one
    host_name  h
}
"""
    assert dict(watched_objects(read_definitions({"x.cfg": text})).hosts["h"]) == {
        "host_name": "h",
        "address": "2",
        "alias": "two",
    }
