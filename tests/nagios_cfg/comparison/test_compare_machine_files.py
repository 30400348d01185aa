"""Comparison of files for machines."""

from nagios_cfg.comparison.compare_machine_files import compare_machine_files
from nagios_cfg.nrpe_marker import marker

NRPE = "nrpe/roles/web.cfg"
DISK = "command[web.disk]=/check disk --space-warning 75"


def nrpe(*lines: str) -> dict[str, str]:
    return {NRPE: "\n".join(["# Generated", "", *lines, marker("roles/web.cfg", list(lines)), ""])}


def test_equal_files_and_comments_do_not_differ() -> None:
    assert compare_machine_files(nrpe("# declared at a:1", DISK), nrpe("# declared at a:9", DISK)) == ()


def test_changed_command_is_one_change_without_its_digest() -> None:
    (change,) = compare_machine_files(nrpe(DISK), nrpe(DISK.replace("75", "60")))
    assert (change.what, change.kind, change.name, change.on) == (
        "changed",
        "nrpe command",
        "web.disk",
        "roles/web.cfg",
    )
    assert change.settings == {"command": ("/check disk --space-warning 75", "/check disk --space-warning 60")}


def test_commands_come_and_go_with_their_files() -> None:
    other = {"nrpe/hosts/web-1.cfg": "command[web.load]=/check load\n"}
    changes = compare_machine_files(nrpe(DISK), other)
    assert [(one.what, one.name, one.on) for one in changes] == [
        ("added", "web.load", "hosts/web-1.cfg"),
        ("removed", "web.disk", "roles/web.cfg"),
    ]


def test_setting_of_nrpe_is_compared() -> None:
    (change,) = compare_machine_files(
        {"nrpe/checkwright.cfg": "command_timeout=12\n"}, {"nrpe/checkwright.cfg": "command_timeout=22\n"}
    )
    assert (change.kind, change.name, change.settings) == ("nrpe setting", "command_timeout", {"setting": ("12", "22")})


def test_line_of_sudoers_is_added_and_removed() -> None:
    line = "nagios ALL=(root) NOPASSWD: /check disk"
    path = "sudoers/roles/checkwright-role-web"
    changes = compare_machine_files({path: f"# x\n{line}\n"}, {path: f"# y\n{line} -t 10\n"})
    assert [(one.what, one.kind, one.name) for one in changes] == [
        ("removed", "sudoers line", line),
        ("added", "sudoers line", f"{line} -t 10"),
    ]


def test_repeated_settings_of_a_unit_are_lines() -> None:
    path = "gearman/aws/checkwright-worker.service"
    unit = "[Service]\nEnvironment=A=1\nEnvironment=B=1\n"
    (change, other) = compare_machine_files({path: unit}, {path: unit.replace("B=1", "B=2")})
    assert [(one.what, one.name) for one in (change, other)] == [
        ("removed", "Environment=B=1"),
        ("added", "Environment=B=2"),
    ]


def test_objects_of_nagios_are_left_to_the_other_comparison() -> None:
    assert compare_machine_files({"nagios/hosts.cfg": "a"}, {"nagios/hosts.cfg": "b", "README.txt": "c"}) == ()
