"""Check file_age against a fake machine."""

import pytest

from checks.system._files import File
from checks.system.fake import FakeSystem
from checks.system.file_age import FileAge
from checkwright.core.errors import CannotTell
from checkwright.testing import Golden, run
from tests.support.sample import Sample

OLD = File("/srv/backup/mon.dump", 1_000, 500)
NEW = File("/srv/backup/tue.dump", 9_000, 700)
WORLD = FakeSystem(
    files={
        "/srv/backup/*.dump": [OLD, NEW],
        "/srv/backup/mon.dump": OLD,
        "/srv/*.dump": [OLD, File("/srv/backup/loop", 0, problem="Too many levels of symbolic links"), NEW],
        "/srv/future": File("/srv/future", 99_000, 1),
        "/nfs/file": CannotTell("/nfs/file did not answer within 5.0 s: it may be stuck"),
    },
    ages={
        OLD.path: 90_000,
        NEW.path: 3_600,
        "/srv/backup/loop": CannotTell("cannot read /srv/backup/loop: Too many levels of symbolic links"),
        "/srv/future": CannotTell("/srv/future was changed 60 s from now: one of the clocks is wrong"),
    },
)

CASES = {
    "only reported": ("-f /srv/backup/mon.dump", "OK"),
    "too old": ("-f /srv/backup/mon.dump -c 86400", "CRITICAL"),
    "too small": ("-f /srv/backup/mon.dump --size-warning 1000:", "WARNING"),
    "all of a pattern": ("-f '/srv/backup/*.dump' -c 86400", "CRITICAL"),
    "the newest": ("-f '/srv/backup/*.dump' --newest -c 86400", "OK"),
    "the oldest": ("-f '/srv/backup/*.dump' --oldest -c 86400", "CRITICAL"),
    "missing": ("-f /srv/none", "CRITICAL"),
    "matched by nothing": ("-f '/srv/none/*' -f /srv/backup/mon.dump", "CRITICAL"),
    "may be missing": ("-f /srv/none --absent-ok -c 60", "OK"),
    "from the future": ("-f /srv/future -f /srv/backup/mon.dump", "UNKNOWN"),
    "one that leads to itself": ("-f '/srv/*.dump'", "UNKNOWN"),
    "the newest, and one that leads to itself": ("-f '/srv/*.dump' --newest -c 86400", "UNKNOWN"),
    "stuck": ("-f /nfs/file", "UNKNOWN"),
    "newest and oldest": ("-f /srv/none --newest --oldest", "UNKNOWN"),
    "no file named": ("", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_file_age(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(FileAge, command_line, WORLD)
    assert outcome.state == state
    golden(outcome)


SAMPLE = Sample(f"--file {__file__}")
