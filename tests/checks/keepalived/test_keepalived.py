"""Check keepalived against fakes, against addresses that the kernel gives and takes, and against the real daemon."""

import os
import subprocess
from pathlib import Path

import pytest

from checks.keepalived.fake import FakeLocalAddresses
from checks.keepalived.keepalived import Keepalived
from checks.keepalived.source import LocalAddresses, normalized, parse_ipv4, parse_ipv6
from checks.system.fake import FakeSystem, Process
from checkwright.core.errors import CannotTell
from checkwright.core.world import World
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support.daemons import Daemon, running, wait_until
from tests.support.real import require
from tests.support.sample import Sample

#: Files of real kernels, by version.
RECORDED = Path(__file__).with_name("recorded")
RUNS = FakeSystem(processes=[Process(7, "keepalived")])
STOPPED = FakeSystem(processes=[Process(7, "sshd")])
HERE = FakeLocalAddresses(["10.0.0.5", "fd00::5", "127.0.0.1"])
CASES = {
    "all addresses are here": ("-a 10.0.0.5 -a FD00:0::5", RUNS, HERE, "OK"),
    "elsewhere": ("-a 10.0.0.6", RUNS, HERE, "OK"),
    "master as expected": ("-a 10.0.0.5 --role master", RUNS, HERE, "OK"),
    "backup as expected": ("-a 10.0.0.6 --role backup", RUNS, HERE, "OK"),
    "the backup has taken over": ("-a 10.0.0.6 --role master", RUNS, HERE, "WARNING"),
    "the backup is master": ("-a 10.0.0.5 --role backup", RUNS, HERE, "WARNING"),
    "no daemon": ("-a 10.0.0.5 --role master", STOPPED, HERE, "CRITICAL"),
    "another daemon": ("-a 10.0.0.5 --daemon sshd", STOPPED, HERE, "OK"),
    "no kernel": ("-a 10.0.0.5", RUNS, FakeLocalAddresses(CannotTell("cannot read /proc/net/fib_trie")), "UNKNOWN"),
    "no address": ("-a shop", RUNS, HERE, "UNKNOWN"),
    "no daemon's name": ("-a 10.0.0.5 --daemon ''", RUNS, HERE, "UNKNOWN"),
    "no window": ("-a 10.0.0.5 --over 0", RUNS, HERE, "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "system", "local", "state"), CASES.values(), ids=CASES)
def test_keepalived(
    command_line: str, system: FakeSystem, local: FakeLocalAddresses, state: str, golden: Golden
) -> None:
    outcome = run(Keepalived, command_line, system, local, FakeStateFile())
    assert outcome.state == state
    golden(outcome)


def test_address_that_comes_and_goes_is_reported_for_ten_minutes() -> None:
    memory = FakeStateFile(seconds=60)
    states = []
    for is_here in (1, 1, 0, 0, 1, 0, 1, *[1] * 10):
        local = FakeLocalAddresses(["10.0.0.5"] if is_here else [])
        states.append(run(Keepalived, "-a 10.0.0.5", RUNS, local, memory).state)
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
        os.symlink(f"/proc/{self.pid}/net", proc / "net")
        return str(proc.parent)


@pytest.mark.daemon
def test_real_addresses(tmp_path: Path) -> None:
    memory = FakeStateFile(seconds=60)
    with running(Network(tmp_path)) as network:
        local = LocalAddresses(network.root())

        def state(words: str) -> str:
            return run(Keepalived, f"-a 10.9.9.9 -a fd00::9 {words}", World(local), RUNS, memory).state

        assert state("--role master") == "WARNING"
        network.ip("addr", "add", "10.9.9.9/32", "dev", "lo")
        network.ip("addr", "add", "fd00::9/128", "dev", "lo")
        assert state("--role master") == "OK"
        assert state("--role backup") == "WARNING"
        network.ip("addr", "del", "10.9.9.9/32", "dev", "lo")
        assert state("--role master") == "WARNING"


@pytest.mark.daemon
def test_real_daemon(tmp_path: Path) -> None:
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


SAMPLE = Sample("--address 127.0.0.1 --daemon python*")
