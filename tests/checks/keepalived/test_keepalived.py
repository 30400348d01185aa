"""Check keepalived against fakes, against addresses that the kernel gives and takes, and against the real daemon."""

import os
import subprocess
from pathlib import Path

import pytest

from checks.keepalived.fake import FakeMachine
from checks.keepalived.keepalived import Keepalived
from checks.keepalived.source import Machine, normalized, parse_ipv4, parse_ipv6
from checkwright.core.errors import CannotTell
from checkwright.core.world import World
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support.daemons import Daemon, running, wait_until
from tests.support.real import require
from tests.support.sample import Sample

#: Files of real kernels, by version.
RECORDED = Path(__file__).with_name("recorded")
HERE = FakeMachine(["10.0.0.5", "fd00::5", "127.0.0.1"])
STOPPED = FakeMachine(["10.0.0.5"], ["sshd"])
CASES = {
    "all addresses are here": ("-a 10.0.0.5 -a FD00:0::5", HERE, "OK"),
    "elsewhere": ("-a 10.0.0.6", HERE, "OK"),
    "master as expected": ("-a 10.0.0.5 --role master", HERE, "OK"),
    "backup as expected": ("-a 10.0.0.6 --role backup", HERE, "OK"),
    "the backup has taken over": ("-a 10.0.0.6 --role master", HERE, "WARNING"),
    "the backup is master": ("-a 10.0.0.5 --role backup", HERE, "WARNING"),
    "no daemon": ("-a 10.0.0.5 --role master", STOPPED, "CRITICAL"),
    "another daemon": ("-a 10.0.0.5 --daemon sshd", STOPPED, "OK"),
    "no kernel": ("-a 10.0.0.5", FakeMachine(CannotTell("cannot read /proc/net/fib_trie")), "UNKNOWN"),
    "no address": ("-a shop", HERE, "UNKNOWN"),
    "no daemon's name": ("-a 10.0.0.5 --daemon ''", HERE, "UNKNOWN"),
    "no window": ("-a 10.0.0.5 --over 0", HERE, "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "machine", "state"), CASES.values(), ids=CASES)
def test_keepalived(command_line: str, machine: FakeMachine, state: str, golden: Golden) -> None:
    outcome = run(Keepalived, command_line, machine, FakeStateFile())
    assert outcome.state == state
    golden(outcome)


def test_address_that_comes_and_goes_is_reported_for_ten_minutes() -> None:
    memory = FakeStateFile(seconds=60)
    states = []
    for is_here in (1, 1, 0, 0, 1, 0, 1, *[1] * 10):
        local = FakeMachine(["10.0.0.5"] if is_here else [])
        states.append(run(Keepalived, "-a 10.0.0.5", local, memory).state)
    assert states == [*["OK"] * 4, "WARNING", "WARNING", *["CRITICAL"] * 6, *["WARNING"] * 3, "OK", "OK"]


def test_recorded_files_are_parsed() -> None:
    assert set(parse_ipv4((RECORDED / "fib_trie-6.18.txt").read_text())) == {"10.9.9.9", "127.0.0.1"}
    assert set(parse_ipv6((RECORDED / "if_inet6-6.18.txt").read_text())) == {"::1", "fd00::7"}
    assert list(parse_ipv4("|-- x\n/32 host LOCAL\n|-- 10.0.0.1\n/32 link BROADCAST\n/8 host LOCAL")) == []


def test_addresses_have_one_form() -> None:
    texts = {"FD00:0::7": "fd00::7", "10.0.0.1": "10.0.0.1", "10.0.0.256": "", "a": "", "": "", "\0": ""}
    assert {text: normalized(text) for text in texts} == texts


class Network(Daemon):
    """Network namespace of its own, with a loopback interface. `proc` is a folder with its proc/net."""

    def __init__(self, folder: Path) -> None:
        program = require("unshare", package="util-linux")
        require("ip", package="iproute2")
        self._ready_file = folder / "ready"
        script = f"ip link set lo up && touch {self._ready_file} && exec sleep 600"
        super().__init__([program, "-Urn", "sh", "-c", script], folder, self._ready_file.exists)

    def ip(self, *words: str) -> None:
        """Run `ip` in the namespace."""
        inside = ["nsenter", "-t", str(self.pid), "-U", "-n", "--preserve-credentials"]
        subprocess.run([*inside, "ip", *words], check=True)

    def root(self) -> str:
        proc = self.folder / "root" / "proc"
        proc.mkdir(parents=True)
        for name in ("net", "1"):
            os.symlink(f"/proc/{self.pid}/{name}" if name == "net" else f"/proc/{self.pid}", proc / name)
        return str(proc.parent)


@pytest.mark.daemon
def test_real_addresses(tmp_path: Path) -> None:
    memory = FakeStateFile(seconds=60)
    with running(Network(tmp_path)) as network:
        machine = Machine(network.root())

        def state(words: str) -> str:
            return run(Keepalived, f"-a 10.9.9.9 -a fd00::9 --daemon sleep {words}", World(machine), memory).state

        assert state("--role master") == "WARNING"
        network.ip("addr", "add", "10.9.9.9/32", "dev", "lo")
        network.ip("addr", "add", "fd00::9/128", "dev", "lo")
        assert state("--role master") == "OK"
        assert state("--role backup") == "WARNING"
        network.ip("addr", "del", "10.9.9.9/32", "dev", "lo")
        assert state("--role master") == "WARNING"


@pytest.mark.daemon
def test_real_daemon(tmp_path: Path) -> None:
    if not os.access("/proc/1/stat", os.R_OK):
        pytest.skip("this account sees only its own processes: /proc is mounted with hidepid")
    file = tmp_path / "keepalived.conf"
    file.write_text("global_defs {\n    router_id test\n}\n")
    program = require("keepalived", package="keepalived")
    pids = ["-p", str(tmp_path / "pid"), "-r", str(tmp_path / "vrrp.pid")]
    words = ["unshare", "-Urn", program, "-n", "-l", "-P", "-f", str(file), *pids]
    with running(Daemon(words, tmp_path, lambda: True)) as daemon:
        wait_until(lambda: run(Keepalived, "-a 10.9.9.9", World(), FakeStateFile()).state == "OK", "it does not run")
        daemon.kill()
        outcome = run(Keepalived, "-a 10.9.9.9", World(), FakeStateFile())
        assert (outcome.state, "Daemon not running" in outcome.summary) == ("CRITICAL", True)


@pytest.mark.parametrize(("state", "runs"), {"S": True, "R": True, "Z": False, "X": False}.items())
def test_process_that_has_ended_does_not_run(tmp_path: Path, state: str, runs: bool) -> None:
    for pid, text in {"1": "1 (systemd) S 0", "77": f"77 (keep (a) lived) {state} 1"}.items():
        (tmp_path / "proc" / pid).mkdir(parents=True)
        (tmp_path / "proc" / pid / "stat").write_text(text)
        (tmp_path / "proc" / pid / "comm").write_text(f"{text[text.index('(') + 1 : text.rindex(')')]}\n")
    assert Machine(str(tmp_path)).runs("keep (a) lived") == runs
    assert Machine(str(tmp_path)).runs("systemd")
    assert not Machine(str(tmp_path)).runs("keepalived")


def test_account_that_sees_no_processes_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "proc/net").mkdir(parents=True)
    (tmp_path / "proc/net/fib_trie").write_text("")
    outcome = run(Keepalived, "-a 10.0.0.5", World(Machine(str(tmp_path))), FakeStateFile())
    assert (outcome.state, "hidepid" in outcome.summary) == ("UNKNOWN", True)


SAMPLE = Sample("--address 127.0.0.1 --daemon pytest", state="")
