"""Live settings that contradict a build: refused where the build would do something else, else a warning."""

import os
from pathlib import Path

import pytest

from nagios_cfg.deployment.build_folder import NotBuilt
from nagios_cfg.deployment.main_settings import read_main_settings, refusals, warnings
from nagios_cfg.deployment.mainfile import MainFile, UnusableMainFile

EXPECTED = {
    "interval_length": "60",
    "service_check_timeout": "26",
    "service_check_timeout_state": "u",
    "check_service_freshness": "1",
    "use_true_regexp_matching": "0",
    "illegal_macro_output_chars": "`~$&|'\"<>",
    "enable_environment_macros": "0",
}
FITTING = "service_check_timeout_state=u\nretain_state_information=1\nillegal_macro_output_chars=`~$&|'\"<>\n"


def main(folder: Path, text: str) -> MainFile:
    path = folder / "nagios.cfg"
    path.write_text(text)
    return MainFile(path)


def test_settings_of_included_files_count(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more/a.cfg").write_text("interval_length=1\nbroker_module=/x/module.o\n")
    (tmp_path / "more/b.txt").write_text("interval_length=7\n")
    live = main(tmp_path, f"{FITTING}include_dir=more\ninclude_file=nagios.cfg\n")
    assert live.get("interval_length") == "1"
    assert live.all("broker_module") == "/x/module.o"


def test_defaults_of_nagios_fit(tmp_path: Path) -> None:
    live = main(tmp_path, FITTING)
    assert list(refusals(live, EXPECTED)) == []
    assert list(warnings(live, EXPECTED)) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("interval_length=1", "interval_length is 1 in "),
        ("use_true_regexp_matching=1", "use_true_regexp_matching is 1 in "),
    ],
)
def test_settings_that_change_the_meaning_are_refused(tmp_path: Path, line: str, message: str) -> None:
    (found,) = refusals(main(tmp_path, f"{FITTING}{line}\n"), EXPECTED)
    assert found.startswith(message)
    assert not list(refusals(main(tmp_path, f"{FITTING}{line}\n"), {}))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("service_check_timeout=20", "service_check_timeout is 20 s in"),
        ("service_check_timeout=soon", "service_check_timeout is soon s in"),
        ("service_check_timeout_state=c", "an alert about its target"),
        ("check_service_freshness=0", "a passive service without results would stay OK"),
        ("illegal_macro_output_chars=`~$", "lacks \"&'<>|, which reach the shell"),
        ("execute_service_checks=0", "Nagios runs no service checks"),
        ("execute_host_checks=0", "Nagios runs no host checks"),
        ("enable_notifications=0", "Nagios notifies nobody"),
        ("retain_state_information=0", "each reload forgets states"),
        ("enable_predictive_service_dependency_checks=0", "a dead NRPE daemon is many alerts"),
    ],
)
def test_settings_that_weaken_a_build_are_warnings(tmp_path: Path, line: str, message: str) -> None:
    (found,) = warnings(main(tmp_path, f"{FITTING}{line}\n"), EXPECTED)
    assert message in found
    assert found.startswith("Warning: ")


def test_longer_timeout_is_no_contradiction(tmp_path: Path) -> None:
    assert list(warnings(main(tmp_path, f"{FITTING}service_check_timeout=300\n"), EXPECTED)) == []


def test_performance_data_and_broker_are_compared(tmp_path: Path) -> None:
    expected = {"process_performance_data": "1", "broker_module": "/usr/lib/mod_gearman.o config=/etc/x"}
    found = list(warnings(main(tmp_path, FITTING), expected))
    assert len(found) == 2
    loaded = (
        f"{FITTING}process_performance_data=1\nbroker_module=/other.o\nbroker_module=/usr/lib/mod_gearman.o config=y\n"
    )
    assert list(warnings(main(tmp_path, loaded), expected)) == []


def test_settings_of_a_build_are_read_without_following_links(tmp_path: Path) -> None:
    assert read_main_settings(tmp_path) == {}
    (tmp_path / "main.cfg").write_text("# Intervals.\ninterval_length=60\n\nservice_check_timeout=26\n")
    assert read_main_settings(tmp_path) == {"interval_length": "60", "service_check_timeout": "26"}
    (tmp_path / "main.cfg").rename(tmp_path / "secret")
    (tmp_path / "main.cfg").symlink_to(tmp_path / "secret")
    with pytest.raises(NotBuilt, match="cannot be read"):
        read_main_settings(tmp_path)


@pytest.mark.parametrize("kind", ["pipe", "device", "huge"])
def test_main_file_that_never_ends_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "nagios.cfg"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        with path.open("wb") as file:
            file.truncate(5_000_000_000)
    reason = "it is larger than 10 MB" if kind == "huge" else "it is not a regular file"
    with pytest.raises(UnusableMainFile, match=reason):
        MainFile(path)
    whole = tmp_path / "whole.cfg"
    whole.write_text(f"include_file={path}\ncommand_file=/run/nagios.cmd\n")
    assert MainFile(whole).get("command_file") == "/run/nagios.cmd"
