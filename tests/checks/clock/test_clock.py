"""Check clock against a fake, recorded answers, the real kernel and the real chronyd."""

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.clock.clock import Clock as Check
from checks.clock.fake import FakeClock
from checks.clock.source import Clock, ClockState, parse_sntp, parse_timex, parse_tracking
from checkwright.core.errors import CannotTell, Down
from checkwright.core.world import World
from checkwright.sources.command import Finished
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeUdp
from tests.support.ports import closed_port, free_port
from tests.support.processes import Server, running, wait_until
from tests.support.real import require
from tests.support.sample import Sample

RECORDED = Path(__file__).with_name("recorded")

CLOCK = FakeClock(
    ClockState(error=0.012, drift=-12.5),
    chrony=ClockState(offset=-0.0000016, error=0.003, stratum=3, drift=-12.497),
    servers={
        "ntp1": ClockState(offset=0.004, error=0.01, stratum=2),
        "fast": ClockState(offset=-0.3, error=0.01, stratum=2),
        "wrong": ClockState(offset=3.2, error=0.01, stratum=11),
        "unsynced": ClockState(synchronised=False),
        "down": Down("NTP server down:123/udp: no answer within 9 s"),
        "kod": CannotTell("NTP server kod: it refuses to serve this machine: RATE"),
    },
)
CASES = {
    "kernel": ("", "OK"),
    "kernel, chrony and a server": ("--chrony -s ntp1", "OK"),
    "clock is late": ("-s fast", "WARNING"),
    "clock is wrong": ("-s wrong", "CRITICAL"),
    "a server that is not synchronised": ("-s ntp1 -s unsynced", "CRITICAL"),
    "a server is down": ("-s down", "CRITICAL"),
    "a server that refuses": ("-s kod", "UNKNOWN"),
    "a server alone": ("--no-kernel -s ntp1", "OK"),
    "nothing to ask": ("--no-kernel", "UNKNOWN"),
    "no port": ("--chrony-port 0", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_clock(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Check, command_line, CLOCK)
    assert outcome.state == state
    golden(outcome)


def test_unsynchronised_clock_is_critical() -> None:
    outcome = run(Check, "--chrony", FakeClock(ClockState(synchronised=False, error=16)))
    assert outcome.state == "CRITICAL"
    assert "Clock kernel not synchronised" in outcome.summary and "there is no program chronyc" in outcome.text(1)


@pytest.mark.parametrize(("name", "synchronised", "stratum"), [("tracking-b", True, 9), ("tracking-c", False, 0)])
def test_recorded_tracking(name: str, synchronised: bool, stratum: int) -> None:
    state = parse_tracking(Finished(0, (RECORDED / f"{name}-4.3.csv").read_text(encoding="utf-8")))
    assert (state.synchronised, state.stratum) == (synchronised, stratum)
    assert abs(state.offset or 0) < 0.001


def test_other_output_of_chronyc() -> None:
    with pytest.raises(Down, match="chronyd does not answer: 506 Cannot talk to daemon"):
        parse_tracking(Finished(1, "506 Cannot talk to daemon\n"))
    for text in ("", "a,b", ",".join(["x"] * 14)):
        with pytest.raises(CannotTell, match="chronyc prints no tracking data"):
            parse_tracking(Finished(0, text))


NONCE = b"12345678"


def packet(leap: int = 0, stratum: int = 2, code: bytes = b"", at: float = 1_000.0, nonce: bytes = NONCE) -> bytes:
    stamp = round((at + 2_208_988_800) * (1 << 32)) % (1 << 64)
    both = stamp.to_bytes(8, "big") * 2
    return bytes([leap << 6 | 0x24, stratum, 6, 0xEC]) + bytes(8) + code.ljust(4, b"\0") + bytes(8) + nonce + both


def test_offset_of_a_server() -> None:
    state = parse_sntp(packet(at=1_002.5), NONCE, 1_000.0, 1_001.0, "ntp")
    assert (state.offset, state.stratum, state.synchronised) == (2.0, 2, True)


def test_time_after_2036_is_read() -> None:
    now = 2_208_988_800.0  # in 2040, in the next era
    state = parse_sntp(packet(at=now), NONCE, now, now, "ntp")
    assert state.offset is not None and abs(state.offset) < 0.001


@pytest.mark.parametrize("answer", [packet(leap=3), packet(stratum=0), packet(stratum=16)])
def test_server_without_time_is_not_synchronised(answer: bytes) -> None:
    assert not parse_sntp(answer, NONCE, 1_000.0, 1_000.1, "ntp").synchronised


def test_wrong_answers_of_a_server() -> None:
    for answer, why in ((b"", "is no time: 0 bytes"), (bytes(48), "is no time"), (packet(nonce=b"x" * 8), "another")):
        with pytest.raises(Down, match=why):
            parse_sntp(answer, NONCE, 0, 0, "ntp")
    with pytest.raises(CannotTell, match="it refuses to serve this machine: RATE"):
        parse_sntp(packet(stratum=0, code=b"RATE"), NONCE, 0, 0, "ntp")


def test_request_has_the_form_of_sntp() -> None:
    clock = Clock()
    clock._udp = udp = FakeUdp({"ntp.test:123": b""})
    with pytest.raises(Down):
        clock.server("ntp.test")
    ((_, data),) = udp.requests
    assert (len(data), data[0]) == (48, 0x23)


def test_kernel_of_this_machine() -> None:
    state = Clock().kernel()
    assert state.error is not None and 0 <= state.error < 100_000


def test_status_of_the_kernel() -> None:
    long = struct.calcsize("l")
    raw = bytearray(256)
    assert parse_timex(bytes(raw)).synchronised
    struct.pack_into("l", raw, 2 * long, -100 << 16)
    struct.pack_into("l", raw, 3 * long, 16_000_000)
    struct.pack_into("i", raw, 5 * long, 0x2041)
    state = parse_timex(bytes(raw))
    assert (state.synchronised, state.error, state.drift) == (False, 16, -100)


@contextmanager
def chronyd(folder: Path, *lines: str) -> Iterator[tuple[str, int]]:
    """Run a chronyd that does not touch the clock, and yield its address and its command port."""
    port, command = free_port(), free_port()
    config = folder / f"chrony-{port}.conf"
    fixed = [f"port {port}", f"cmdport {command}", "bindcmdaddress 127.0.0.1", "bindaddress 127.0.0.1"]
    fixed += ["allow 127.0.0.1", f"pidfile {folder}/pid-{port}", "bindcmdaddress /", f"driftfile {folder}/drift-{port}"]
    config.write_text("\n".join([*fixed, *lines, ""]))
    user = "root" if os.geteuid() == 0 else "nobody"
    argv = [require("chronyd", package="chrony"), "-d", "-x", "-U", "-u", user, "-f", str(config)]

    def answers() -> bool:
        words = f"--no-kernel --chrony --chrony-port {command}"
        return "does not answer" not in run(Check, words, World(Clock())).summary

    with running(Server(argv, folder / f"log-{port}", answers)):
        yield f"127.0.0.1:{port}", command


def real(words: str) -> tuple[str, str]:
    outcome = run(Check, f"--no-kernel -t 10 {words}", World(Clock()))
    return outcome.state, outcome.text(1)


@pytest.mark.daemon
def test_real_chronyd_as_server_and_client(tmp_path: Path) -> None:
    with chronyd(tmp_path, "local stratum 4") as (good, _):
        assert real(f"-s {good}")[0] == "OK"
        host, port = good.split(":")
        source = f"server {host} port {port} iburst minpoll 0 maxpoll 0"
        with chronyd(tmp_path, source) as (_, command):
            wait_until(lambda: real(f"--chrony --chrony-port {command}")[0] == "OK", pause=0.2)
            assert "Stratum chrony 5" in real(f"--chrony --chrony-port {command}")[1]


@pytest.mark.daemon
def test_real_chronyd_that_is_not_synchronised(tmp_path: Path) -> None:
    with chronyd(tmp_path) as (address, command):
        state, text = real(f"-s {address}")
        assert state == "CRITICAL" and "not synchronised" in text
        state, text = real(f"--chrony --chrony-port {command}")
        assert state == "CRITICAL" and "Clock chrony not synchronised" in text


@pytest.mark.daemon
def test_no_chronyd_and_no_server(tmp_path: Path) -> None:
    require("chronyc", package="chrony")
    state, text = real(f"--chrony --chrony-port {closed_port()}")
    assert state == "CRITICAL" and "chronyd does not answer: 506 Cannot talk to daemon" in text
    assert real(f"-s 127.0.0.1:{closed_port()}")[0] == "CRITICAL"


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with chronyd(folder, "local stratum 4") as (address, _):
        yield Sample(f"--no-kernel --server {address}")
