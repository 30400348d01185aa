"""Check sockets against a fake, files of a kernel, and a full listen queue of this machine."""

import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from checks.kernel.fake import FakeKernel
from checks.kernel.fake import Sockets as Facts
from checks.kernel.sockets import Sockets
from checks.kernel.source import Kernel, largest_pairs, parse_netstat, parse_sockstat
from checkwright.core.errors import CannotTell
from checkwright.core.world import World
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.checks.kernel.machine import machine
from tests.support.processes import wait_until
from tests.support.sample import Sample, no_limits

RECORDED = Path(__file__).with_name("recorded")

CASES = {
    "quiet": (Facts(established=40, timewait=166, files=0.1), "", "OK"),
    "conntrack nearly full": (Facts(conntrack=90, files=0.1), "", "WARNING"),
    "files nearly full": (Facts(files=95), "", "CRITICAL"),
    "ports to one server": (Facts(pairs={"10.0.0.5:5432": 92.5, "10.0.0.6:80": 1}), "--pairs", "CRITICAL"),
    "no such files": (None, "", "UNKNOWN"),
}


@pytest.mark.parametrize(("facts", "words", "state"), CASES.values(), ids=CASES)
def test_sockets(facts: Facts | None, words: str, state: str, golden: Golden) -> None:
    outcome = run(Sockets, words, World(FakeKernel(sockets=facts), FakeStateFile()))
    assert outcome.state == state
    golden(outcome)


def test_drops_count_for_ten_minutes() -> None:
    memory = FakeStateFile(seconds=200)
    states = []
    for drops in (53, 54, 54, 54, 54):
        kernel = FakeKernel(sockets=Facts(counters={"drops": drops, "sent": drops * 100, "retransmitted": drops}))
        states.append(run(Sockets, "", World(kernel, memory)).state)
    assert states == ["OK", "CRITICAL", "CRITICAL", "CRITICAL", "OK"]


def test_recorded_files_are_parsed() -> None:
    extended = parse_netstat((RECORDED / "netstat-tcpext.txt").read_text(encoding="utf-8"))["TcpExt"]
    assert (extended["SyncookiesSent"], extended["ListenOverflows"], extended["ListenDrops"]) == (5, 53, 53)
    tcp = parse_sockstat((RECORDED / "sockstat.txt").read_text(encoding="utf-8"))["TCP"]
    assert (tcp["inuse"], tcp["tw"]) == (40, 166)


@pytest.mark.parametrize("word", ["²", "x", "1" * 21, ""])
def test_word_in_place_of_a_number_is_said(word: str) -> None:
    with pytest.raises(CannotTell, match="a word in place of a number"):
        parse_netstat(f"TcpExt: ListenDrops\nTcpExt: {word or '-'}\n")


def test_files_of_a_kernel(tmp_path: Path) -> None:
    found = Kernel(machine(tmp_path)).sockets(pairs=True)
    assert found.counters == {"drops": 7, "retransmitted": 10, "sent": 1_000, "syn_retries": 30}
    assert (found.established, found.orphans, found.timewait, found.files, found.conntrack) == (12, 2, 166, 25, None)
    changes = {
        "proc__sys__net__netfilter__nf_conntrack_count": "50",
        "proc__sys__fs__file-nr": "9 0 9223372036854775807",
    }
    root = machine(tmp_path, **changes, proc__sys__net__netfilter__nf_conntrack_max="200")
    found = Kernel(root).sockets()
    assert (found.conntrack, found.files) == (25, None)


BROKEN = {
    "proc__sys__fs__file-nr": "nonsense",
    "proc__net__netstat": "nonsense",
    "proc__net__sockstat": "nonsense",
    "proc__net__snmp": "Tcp: CurrEstab\nTcp: many\n",
    "proc__sys__net__ipv4__ip_local_port_range": "32768",
}


@pytest.mark.parametrize("path", BROKEN)
def test_files_of_another_form_are_unknown(tmp_path: Path, path: str) -> None:
    with pytest.raises(CannotTell):
        Kernel(machine(tmp_path, **{path: BROKEN[path]})).sockets()


def test_destinations_are_counted() -> None:
    def line(local: str, remote: str, state: str = "01") -> str:
        return f"   0: {local} {remote} {state} 00000000:00000000 00:00000000 00000000"

    lines = ["  sl  local_address rem_address   st", "", line("0100007F:1F90", "00000000:0000", "0A")]
    lines += [line(f"0100007F:{port:04X}", "0500000A:1538") for port in range(32_800, 32_900)]
    lines += [line("0100007F:8020", "0600000A:0050"), line("0100007F:0050", "0700000A:9000")]
    mapped = "0000000000000000FFFF00000100007F"
    lines += [line(f"{mapped}:8030", f"{mapped}:0051"), line("0" * 31 + "1:8040", "0" * 24 + "01000000:0050")]
    found = largest_pairs(lines, 32_768, 32_967, most=9)
    assert found == {"10.0.0.5:5432": 50, "10.0.0.6:80": 0.5, "127.0.0.1:81": 0.5, "[::1]:80": 0.5}


def test_full_listen_queue_of_this_machine() -> None:
    memory = FakeStateFile(seconds=700)

    def real() -> tuple[str, str]:
        outcome = run(Sockets, "--pairs -t 20", World(Kernel(), memory))
        return outcome.state, outcome.text(1)

    wait_until(lambda: real()[0] == "OK")
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(20):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        wait_until(lambda: "Connections dropped in 10 minutes" in real()[1].split("\n")[0])
    wait_until(lambda: real()[0] == "OK")


SAMPLE = Sample(no_limits("drops", "conntrack", "files"))
