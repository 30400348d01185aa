"""Check ping against canned output, and against the real ping."""

import pytest

from checks.ping._ping_output import parse
from checks.ping.ping import Ping
from checkwright.core.errors import CannotTell, Down
from checkwright.core.world import World
from checkwright.sources.command import Finished
from checkwright.testing import FakeCommand, Golden, run
from tests.support.real import require
from tests.support.sample import Sample, no_limits


def output(received: int, times: str = "", errors: str = "", sent: int = 5) -> str:
    lost = f"{100 * (sent - received) / sent:g}"
    end = f"rtt min/avg/max/mdev = {times} ms\n" if times else ""
    return (
        "PING router (192.0.2.1) 56(84) bytes of data.\n\n--- router ping statistics ---\n"
        f"{sent} packets transmitted, {received} received, {errors}{lost}% packet loss, time 812ms\n{end}"
    )


def words(host: str, packets: int = 5, *family: str, interval: str = "0.2", wait: str = "2") -> tuple[str, ...]:
    return ("ping", "-q", "-n", *family, "-c", str(packets), "-i", interval, "-W", wait, "--", host)


COMMAND = FakeCommand(
    {
        words("near"): Finished(0, output(5, "0.812/1.204/1.911/0.301")),
        words("near", 5, "-6"): Finished(0, output(5, "0.9/1.3/2/0.3")),
        words("near", 10, interval="1", wait="5"): Finished(0, output(10, "0.9/1.3/2/0.3", sent=10)),
        words("far"): Finished(0, output(5, "180.1/260.4/402.2/60.1")),
        words("lossy"): Finished(0, output(3, "0.8/1.2/1.9/0.3")),
        words("once"): Finished(0, output(4, "0.8/1.2/1.9/0.3")),
        words("gone"): Finished(1, output(0)),
        words("behind"): Finished(1, output(0, errors="+5 errors, ")),
        words("unnamed"): Finished(2, "", "ping: unnamed: Name or service not known\n"),
        words("routeless"): Finished(2, "", "ping: connect: Network is unreachable\n"),
        words("nameless"): Finished(2, "", "ping: nameless: Temporary failure in name resolution\n"),
        words("forbidden"): Finished(2, "", "ping: socktype: SOCK_RAW\nping: socket: Operation not permitted\n"),
        words("odd"): Finished(2, "", "ping: something new\n"),
        words("silent"): Finished(3),
        words("slow"): CannotTell("ping -q did not end within 9.5 s and was killed"),
    }
)
CASES = {
    "near": ("-H near", "OK"),
    "IPv6": ("-H near -6", "OK"),
    "other packets": ("-H near -n 10 --interval 1s --wait 5", "OK"),
    "far": ("-H far", "WARNING"),
    "one lost packet": ("-H once", "OK"),
    "lost packets": ("-H lossy", "WARNING"),
    "no answer": ("-H gone", "CRITICAL"),
    "unreachable behind a router": ("-H behind", "CRITICAL"),
    "no such name": ("-H unnamed", "CRITICAL"),
    "no route": ("-H routeless", "UNKNOWN"),
    "no DNS server": ("-H nameless", "UNKNOWN"),
    "not permitted": ("-H forbidden", "UNKNOWN"),
    "another error": ("-H odd", "UNKNOWN"),
    "no output": ("-H silent", "UNKNOWN"),
    "killed": ("-H slow", "UNKNOWN"),
    "a flag as host": ("--host=-f", "UNKNOWN"),
    "no packets": ("-H near -n 0", "UNKNOWN"),
    "no interval": ("-H near --interval 0", "UNKNOWN"),
    "two families": ("-H near -4 -6", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_ping(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Ping, command_line, COMMAND)
    assert outcome.state == state
    golden(outcome)


def test_output_of_busybox() -> None:
    text = (
        "PING 127.0.0.1 (127.0.0.1): 56 data bytes\n\n--- 127.0.0.1 ping statistics ---\n"
        "3 packets transmitted, 2 packets received, 33% packet loss\nround-trip min/avg/max = 0.051/0.075/0.111 ms\n"
    )
    found = parse("127.0.0.1", Finished(0, text))
    assert (found.lost, found.average, found.longest) == (33, 0.000075, 0.000111)
    with pytest.raises(Down, match="the name does not exist"):
        parse("none", Finished(1, "", "ping: bad address 'none'\n"))


def test_real_ping() -> None:
    require("ping", package="iputils-ping")
    for host in ("127.0.0.1", "localhost"):
        outcome = run(Ping, f"-H {host} -n 3", World())
        assert outcome.state == "OK", outcome
        assert {one.gauge: one.value for one in outcome.readings}["lost"] == 0
    outcome = run(Ping, "-H 256.256.256.256.", World())
    assert outcome.state in ("CRITICAL", "UNKNOWN")
    assert outcome.summary.startswith("ping 256.256.256.256.: the name")


SAMPLE = Sample("--host 127.0.0.1 --packets 2 " + no_limits("time", "lost"))
