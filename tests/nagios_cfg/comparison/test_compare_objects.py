"""Tests of the comparison of built object files: changes and notifications."""

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
    """Return files with these texts replaced. Each text has to occur."""
    result = dict(files)
    for old, new in edits:
        assert any(old in text for text in result.values()), old
        result = {path: text.replace(old, new) for path, text in result.items()}
    return result


def changes_by_name(found: Difference) -> dict[str, dict[str, tuple[str | None, str | None]]]:
    """Return the changed settings by change, kind and name."""
    return {f"{one.what} {one.kind} {one.name}": dict(one.settings) for one in found.changes}


def test_objects_in_other_files_are_no_difference() -> None:
    found = compare(BOTH, {"one.cfg": "\n".join(BOTH.values())})
    assert found.changes == ()
    assert (found.hosts.gained, found.hosts.lost, found.notifications) == ((), (), ())


def test_origin_is_no_difference() -> None:
    before, after = (
        edited(("address              127", f"_ORIGIN  shop/fleet/web.py:{n}\n    address              127"))
        for n in (1, 2)
    )
    assert compare(before, after).changes == ()


def test_added_host() -> None:
    found = compare(BOTH, objects("a", "b", "c"))
    assert list(changes_by_name(found)) == ["added host c"]
    assert (found.hosts.gained, found.hosts.lost) == (("c",), ())
    assert (found.services.gained, found.services.lost) == (("c: disk",), ())
    assert found.notifications == (NotificationChange("team", "team", "always", more=2, less=0),)


def test_removed_host() -> None:
    found = compare(BOTH, objects("a"))
    assert list(changes_by_name(found)) == ["removed host b"]
    assert (found.hosts.lost, found.services.lost) == (("b",), ("b: disk",))
    assert found.notifications == (NotificationChange("team", "team", "always", more=0, less=2),)


def test_changed_settings_have_both_values() -> None:
    after = edited(
        ("check_interval       5", "check_interval       1"), ("retry_interval       1\n", "notes_url   https://x/\n")
    )
    assert changes_by_name(compare(BOTH, after)) == {
        "changed service template usual": {
            "check_interval": ("5", "1"),
            "retry_interval": ("1", None),
            "notes_url": (None, "https://x/"),
        }
    }


def test_service_that_moves_to_other_hosts_is_a_change() -> None:
    here = edited(("    service_description  disk\n", "    service_description  disk\n    host_name  a\n"))
    there = edited(("    service_description  disk\n", "    service_description  disk\n    host_name  !a\n"))
    (change,) = compare(here, there).changes
    assert change == Change("changed", "service", "disk", "!a", {"host_name": ("a", "!a")})
    assert compare(here, there).services.lost == ("a: disk",)


def test_template_changes_notifications() -> None:
    after = edited(
        ("    check_command        fine\n    check_interval", "    notifications_enabled  0\n    check_interval")
    )
    found = compare(BOTH, after)
    assert found.notifications == (NotificationChange("team", "team", "always", more=0, less=2),)
    assert found.services.lost == ()


def test_other_hours_are_more_and_less_notifications() -> None:
    usual = "    notification_period  always\n    contact_groups       team\n}\n\ndefine service"
    found = compare(BOTH, edited((usual, usual.replace("always", "day"))))
    assert found.notifications == (
        NotificationChange("team", "team", "always", more=0, less=2),
        NotificationChange("team", "team", "day", more=2, less=0),
    )


def test_files_by_hand_cannot_be_compared() -> None:
    with pytest.raises(Unreadable):
        compare({"by-hand.cfg": "define host {\n\thost_name\tx\n}\n"}, BOTH)


def test_owner_is_the_team_of_the_contactgroup() -> None:
    (entry,) = (entry for entry in PRODUCTION.entries if entry.id == "payments-api:checkout")
    fewer = replace(PRODUCTION, entries=tuple(one for one in PRODUCTION.entries if one != entry))
    before, after = (
        {path: text for path, text in render(plan).items() if path.startswith("nagios/")}
        for plan in (PRODUCTION, fewer)
    )
    changes = compare(before, after).notifications
    assert ("payments", "payments.page.production", 3) in {(one.owner, one.contactgroup, one.less) for one in changes}


def test_first_template_wins_and_circles_end() -> None:
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
