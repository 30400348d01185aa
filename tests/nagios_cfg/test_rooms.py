"""Tests of the import rules between the rooms of nagios_cfg. docs/background/architecture.md explains the rooms."""

from tests.support.imports import imports_of
from tests.support.installed import ROOT

#: Rooms that each room may import. The top level is the way from a plan to files.
ALLOWED = {
    "top level": {"rules"},
    "rules": {"top level"},
    "reader": {"top level"},
    "comparison": {"top level", "reader"},
    "deployment": {"top level", "comparison"},
}
#: Modules of the top level that rules may import: names, syntax and numbers, never a renderer.
VOCABULARY = {"intervals", "names", "objects", "object_faults", "quote"}


def room_of(module: str) -> str:
    """Return the room of a module of nagios_cfg."""
    parts = module.split(".")
    is_room = len(parts) > 1 and (ROOT / "nagios_cfg" / parts[1]).is_dir()
    return parts[1] if is_room else "top level"


def test_rooms_import_only_the_rooms_below_them() -> None:
    found = [
        str(one)
        for one in imports_of(ROOT)
        if one.importer.startswith("nagios_cfg.") and one.target.startswith("nagios_cfg")
        if room_of(one.target) not in {room_of(one.importer), *ALLOWED[room_of(one.importer)]}
    ]
    assert found == []


def test_rules_import_no_renderer() -> None:
    targets = {
        one.target.split(".")[1]
        for one in imports_of(ROOT)
        if one.importer.startswith("nagios_cfg.rules") and one.target.startswith("nagios_cfg.")
    }
    assert targets - {"rules"} <= VOCABULARY
