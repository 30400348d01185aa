"""Check log_file against canned lines, and against real logs that logrotate rotates."""

import gzip
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from checks.log_file.log_file import LogFile
from checks.system.fake import FakeSystem, File
from checkwright.core.errors import CannotTell, CheckError
from checkwright.core.world import World
from checkwright.testing import FakeLog, Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support.installed import ROOT
from tests.support.real import require
from tests.support.sample import Sample

APP, WEB = "/var/log/app.log", "/var/log/web.log"
LINES = [
    "12:00:01 INFO order 17 of alice@example.com",
    "12:00:02 ERROR no space left for alice@example.com",
    "12:00:03 ERROR expected failure of the nightly test",
    "12:00:04 WARN pool exhausted",
    "12:00:05 ERROR card declined",
]
SYSTEM = FakeSystem(
    files={
        APP: File(APP, 0),
        WEB: File(WEB, 0),
        "/var/log/*.log": [File(APP, 0), File(WEB, 0)],
        "/var/log/none.log": [],
        "/var/log/shadow": File("/var/log/shadow", 0),
    },
    ages={APP: 12, WEB: 7_300, "/var/log/shadow": 1},
)
LOGS: dict[str, Sequence[str] | CheckError] = {
    APP: LINES,
    WEB: ["GET / 200"],
    "/var/log/shadow": CannotTell("nagios cannot read the log /var/log/shadow"),
}
CASES = {
    "a match": (f"-f {APP} -m 'error=ERROR|FATAL'", "CRITICAL"),
    "no match": (f"-f {WEB} -m error=ERROR", "OK"),
    "with its line": (f"-f {APP} -m error=ERROR --show", "CRITICAL"),
    "without the expected ones": (f"-f {APP} -m error=ERROR -i nightly -i declined -i space", "OK"),
    "a limit of its own": (f"-f {APP} -m error=ERROR -m pool=exhausted --matches-critical error=10", "CRITICAL"),
    "only a count": (f"-f {APP} -m 'order=order [0-9]+' --matches-critical ~:", "OK"),
    "several logs": (f"-f {APP} -f {WEB} -m error=ERROR", "CRITICAL"),
    "a pattern of logs": ("-f '/var/log/*.log' -m error=ERROR", "CRITICAL"),
    "a silent log": (f"-f {WEB} -m error=ERROR --silent-critical 1h", "CRITICAL"),
    "no such log": ("-f /var/log/none.log -m error=ERROR", "UNKNOWN"),
    "one of two is missing": (f"-f /var/log/none.log -f {WEB} -m error=ERROR", "UNKNOWN"),
    "not permitted": ("-f /var/log/shadow -m error=ERROR", "UNKNOWN"),
    "no pattern": (f"-f {APP}", "UNKNOWN"),
    "a bad pattern": (f"-f {APP} -m 'error=('", "UNKNOWN"),
    "a bad pattern to leave out": (f"-f {APP} -m e=E -i '['", "UNKNOWN"),
    "no name": (f"-f {APP} -m ERROR", "UNKNOWN"),
    "one name twice": (f"-f {APP} -m a=b -m a=c", "UNKNOWN"),
    "no full path": ("-f app.log -m a=b", "UNKNOWN"),
    "no window": (f"-f {APP} -m a=b --over 0", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_log_file(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(LogFile, command_line, SYSTEM, FakeLog(LOGS), FakeStateFile())
    assert outcome.state == state
    golden(outcome)


def test_lost_and_skipped_lines_are_reported(golden: Golden) -> None:
    for name, log in (("lost", FakeLog(LOGS, lost=True)), ("skipped", FakeLog(LOGS, skipped=9_000_000))):
        outcome = run(LogFile, f"-f {WEB} -m error=ERROR", SYSTEM, log, FakeStateFile())
        assert outcome.state == "WARNING"
        golden(outcome, name)


def test_long_lines_are_cut_before_patterns_see_them() -> None:
    log = FakeLog({APP: ["x" * 4_095 + "ERROR", "x" * 4_090 + "ERROR"]})
    outcome = run(LogFile, f"-f {APP} -m error=ERROR -v", SYSTEM, log, FakeStateFile())
    assert outcome.summary.startswith("Matches error 1 (above 0)")


class Shop:
    """Log that a test writes to, and the check on it with real sources and a memory whose runs are 3 minutes apart."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "shop.log"
        self.log.write_text("before\n")
        self._memory = FakeStateFile(seconds=180)

    def write(self, *lines: str) -> None:
        with self.log.open("a") as file:
            file.writelines(f"{line}\n" for line in lines)

    def check(self, words: str = "") -> tuple[str, float | None]:
        """Return the state, and the number of lines with ERROR in the window."""
        outcome = run(LogFile, f"-f {self.log} -m error=ERROR {words}", World(), self._memory)
        return outcome.state, next((one.value for one in outcome.readings if one.gauge == "matches"), None)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_real_log_alerts_for_ten_minutes_and_recovers(shop: Shop) -> None:
    shop.write("ERROR from before the first run")
    assert shop.check() == ("OK", 0)
    shop.write("INFO", "ERROR one", "ERROR tw")
    assert shop.check() == ("CRITICAL", 2)
    assert [shop.check() for _ in range(4)] == [("CRITICAL", 2)] * 3 + [("OK", 0)]


def test_half_a_line_waits_for_its_end(shop: Shop) -> None:
    assert shop.check() == ("OK", 0)
    with shop.log.open("a") as file:
        file.write("ERR")
        file.flush()
        assert shop.check() == ("OK", 0)
        file.write("OR\n")
    assert shop.check() == ("CRITICAL", 1)


def rename(log: Path) -> None:
    log.rename(log.with_name("shop.log.1"))
    log.write_text("")


def compress(log: Path) -> None:
    with gzip.open(log.with_name("shop.log.1.gz"), "wb") as file:
        file.write(log.read_bytes())
    log.unlink()
    log.write_text("")


def copy_and_truncate(log: Path) -> None:
    log.with_name("shop.log.1").write_bytes(log.read_bytes())
    os.truncate(log, 0)


ROTATIONS = {"rename": rename, "compress": compress, "copytruncate": copy_and_truncate}


@pytest.mark.parametrize("rotate", ROTATIONS.values(), ids=ROTATIONS)
@pytest.mark.parametrize("after", [1, 500])
def test_rotation_loses_no_line(shop: Shop, rotate: Callable[[Path], None], after: int) -> None:
    assert shop.check() == ("OK", 0)
    shop.write(*["ERROR before"] * 3)
    rotate(shop.log)
    shop.write(*["ERROR after the rotation, in a line that is longer"] * after)
    assert shop.check() == ("CRITICAL", 3 + after)
    assert shop.check() == ("CRITICAL", 3 + after)


def test_new_log_with_the_inode_of_the_old_one_is_read_from_its_beginning(shop: Shop) -> None:
    assert shop.check() == ("OK", 0)
    shop.log.unlink()
    shop.write("ERROR in a new log")
    assert shop.check() == ("CRITICAL", 1)


@pytest.mark.parametrize("how", ["create", "copytruncate", "compress"])
def test_real_logrotate(shop: Shop, tmp_path: Path, how: str) -> None:
    program = require("logrotate", package="logrotate")
    file = tmp_path / "logrotate.conf"
    file.write_text(
        f"{shop.log} {{\n    rotate 3\n    {how}\n    {'' if how == 'copytruncate' else 'create 0644'}\n}}\n"
    )
    file.chmod(0o644)
    assert shop.check() == ("OK", 0)
    shop.write("ERROR before")
    subprocess.run([program, "-f", "-s", str(tmp_path / "status"), str(file)], check=True)
    shop.write("ERROR after")
    assert shop.check() == ("CRITICAL", 2)


@pytest.mark.slow
def test_pattern_that_takes_for_ever_ends_with_the_deadline(shop: Shop, tmp_path: Path) -> None:
    words = ["log_file", "-f", str(shop.log), "-m", "error=(a+)+$", "-t", "1"]

    def check() -> tuple[int, str]:
        env = {**os.environ, "CHECKS_STATE_DIR": str(tmp_path / "state")}
        done = subprocess.run([sys.executable, ROOT / "bin/check", *words], capture_output=True, text=True, env=env)
        return done.returncode, done.stdout.partition("|")[0]

    assert check()[0] == 0
    shop.write("a" * 60 + "!")
    code, text = check()
    assert code == 3, text
    assert "1 s" in text


SAMPLE = Sample("--file /etc/hostname --match error=ERROR")
