"""Renaming in the retention file: every kind of block, links, damage, and the real nagios4 before and after."""

import json
import os
from pathlib import Path

import pytest

from checkwright.cli.main import run
from nagios_cfg.deployment.retention import BACKUP, CannotRename, NewNames, rename_in_file, renamed
from tests.support.nagios import nagios, own, scratch

NAMES = NewNames({"web one": "web-one"}, {"Current Load": "Current-Load"})
BLOCKS = """\
########################################
#          NAGIOS STATE RETENTION FILE
########################################
info {
created=1796000000
}
host {
host_name=web one
plugin_output=host_name=web one
}
host {
host_name=web one more
}
service {
host_name=web one
service_description=Current Load
long_plugin_output=a\\nservice_description=Current Load
}
service {
host_name=other
service_description=Load
}
servicecomment {
host_name=web one
service_description=Current Load
comment_data=Current Load
}
hostdowntime {
host_name=web one
comment=x
}
"""


def test_names_change_and_nothing_else() -> None:
    data, changed = renamed(BLOCKS.encode(), NAMES)
    expected = BLOCKS.replace("\nhost_name=web one\n", "\nhost_name=web-one\n")
    expected = expected.replace("\nservice_description=Current Load\n", "\nservice_description=Current-Load\n")
    assert data.decode() == expected
    assert changed == {"host": 1, "service": 1, "servicecomment": 1, "hostdowntime": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello\n", "line 1 is neither in a block nor a comment"),
        ("machine {\n}\n", "line 1 begins a block 'machine'"),
        ("host {\nhost_name=a\n", "the last block 'host' has no end"),
        ("\0\0", "line 1 is neither"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "retention.dat"
    path.write_text(text)
    with pytest.raises(CannotRename, match=message):
        rename_in_file(path, NAMES)
    assert path.read_text() == text
    assert os.listdir(tmp_path) == ["retention.dat"]


def test_the_old_file_stays_with_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "retention.dat"
    path.write_text(BLOCKS)
    path.chmod(0o640)
    rename_in_file(path, NAMES)
    assert (tmp_path / f"retention.dat{BACKUP}").read_text() == BLOCKS
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(tmp_path)) == ["retention.dat", f"retention.dat{BACKUP}"]
    path.write_text(BLOCKS)
    with pytest.raises(CannotRename, match="exists from an earlier rename: move it away"):
        rename_in_file(path, NAMES)
    assert sorted(os.listdir(tmp_path)) == ["retention.dat", f"retention.dat{BACKUP}"]


def test_no_link_and_no_pipe_is_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(BLOCKS)
    path = tmp_path / "retention.dat"
    path.symlink_to("secret")
    with pytest.raises(CannotRename, match="it is a link"):
        rename_in_file(path, NAMES)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(CannotRename, match="is not a file that Nagios writes"):
        rename_in_file(path, NAMES)
    path.unlink()
    with pytest.raises(CannotRename, match="cannot be read: No such file"):
        rename_in_file(path, NAMES)


def report(folder: Path, text: str | None = None) -> Path:
    path = folder / "import.json"
    pairs = [("host", "web one", "web-one"), ("service", "Current Load", "Current-Load")]
    data = {"renamed": [{"kind": kind, "before": before, "after": after} for kind, before, after in pairs]}
    path.write_text(json.dumps(data) if text is None else text)
    return path


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"renamed": 5}', '{"renamed": [1]}', "[" * 100_000])
def test_other_reports_are_refused(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["nagios", "rename", str(report(tmp_path, text))]) == 2
    assert "is not the import.json of an import" in capsys.readouterr().err


OBJECTS = """
define command {
    command_name  fail
    command_line  /bin/sh -c 'echo bad; exit 2'
}
define timeperiod {
    timeperiod_name  always
    alias            Always
    monday           00:00-24:00
}
define contact {
    contact_name                   ada
    host_notification_commands     fail
    service_notification_commands  fail
    host_notification_period       always
    service_notification_period    always
    host_notification_options      d,r
    service_notification_options   c,r
}
define host {
    host_name           web one
    address             127.0.0.1
    max_check_attempts  1
    contacts            ada
}
define service {
    host_name            web one
    service_description  Current Load
    check_command        fail
    max_check_attempts   1
    contacts             ada
}
"""


@pytest.mark.daemon
def test_nagios_keeps_acknowledgement_and_downtime_under_the_new_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = OBJECTS.replace("web one", "web-one").replace("Current Load", "Current-Load")
    with scratch() as folder:
        own(folder)
        retention = folder / "retention.dat"
        settings = {"retain_state_information": "1", "state_retention_file": str(retention)}
        main = tmp_path / "nagios.cfg"
        main.write_text(f"state_retention_file={retention}\nstatus_file={folder}/status.dat\n")
        with nagios({"x.cfg": OBJECTS}, **settings) as running:
            running.wait_until_checked(1)
            running.send("ACKNOWLEDGE_SVC_PROBLEM;web one;Current Load;2;0;1;ada;known")
            running.send("SCHEDULE_HOST_DOWNTIME;web one;1700000000;2000000000;1;0;0;ada;rebuilt")
            key = ("web one", "Current Load")
            running.wait(
                lambda: running.services()[key].raw["problem_has_been_acknowledged"] == "1", "the acknowledgement"
            )
            running.wait(lambda: running.hosts()["web one"]["scheduled_downtime_depth"] == "1", "the downtime")
            (folder / "status.dat").write_bytes((running.folder / "status.dat").read_bytes())
            assert run(["nagios", "rename", str(report(tmp_path)), "--main", str(main)]) == 2
            assert "stop it, then run this" in capsys.readouterr().err
        assert run(["nagios", "rename", str(report(tmp_path)), "--main", str(main)]) == 0
        assert "renamed in" in capsys.readouterr().err
        with nagios({"x.cfg": new}, **settings) as running:
            key = ("web-one", "Current-Load")
            running.wait(lambda: key in running.services(), "the status")
            assert running.services()[key].raw["problem_has_been_acknowledged"] == "1"
            running.wait(lambda: running.hosts()["web-one"]["scheduled_downtime_depth"] == "1", "the downtime")
