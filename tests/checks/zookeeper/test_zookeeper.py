"""Check zookeeper against a fake, recorded answers and a real ensemble."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from checks.zookeeper.fake import FakeZookeeperServers
from checks.zookeeper.source import ZookeeperServers, ZookeeperState, parse
from checks.zookeeper.zookeeper import Zookeeper
from checkwright.core.errors import CannotTell, Down
from checkwright.core.world import World
from checkwright.testing import Golden, run
from checkwright.testing.canned_server import serve
from tests.support.ports import free_port
from tests.support.processes import Server, running, wait_until
from tests.support.real import require
from tests.support.sample import Sample

RECORDED = Path(__file__).with_name("recorded")
SRVR = (RECORDED / "srvr-3.8.0.txt").read_bytes()
MNTR = (RECORDED / "mntr-3.8.0.txt").read_bytes()
NOT_ALLOWED = (RECORDED / "not-allowed-3.8.0.txt").read_bytes()
FILES = {"zk_open_file_descriptor_count": "84", "zk_max_file_descriptor_count": "100"}

SERVERS = FakeZookeeperServers(
    {
        "127.0.0.1": parse(SRVR.decode()),
        "busy": ZookeeperState("follower", outstanding=40),
        "leader": ZookeeperState("leader", values=FILES | {"zk_synced_followers": "1"}),
        "alone": ZookeeperState(""),
        "down": Down("zookeeper down:2181: connection refused"),
        "closed": CannotTell("zookeeper closed:2181: it does not allow mntr"),
    }
)
CASES = {
    "standalone": ("", "OK"),
    "requests wait": ("-H busy", "WARNING"),
    "leader with few followers": ("-H leader --details --followers-critical 2:", "CRITICAL"),
    "no quorum": ("-H alone", "CRITICAL"),
    "not running": ("-H down", "CRITICAL"),
    "word not allowed": ("-H closed --details", "UNKNOWN"),
    "an empty host": ("-H ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_zookeeper(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Zookeeper, command_line, SERVERS)
    assert outcome.state == state
    golden(outcome)


def test_recorded_answers() -> None:
    with serve({b"srvr": SRVR, b"mntr": MNTR}, hang_up=True) as address:
        state = ZookeeperServers().state(address, details=True)
    assert (state.mode, state.connections, state.nodes, state.outstanding) == ("standalone", 1, 5, 0)
    assert (state.number("zk_open_file_descriptor_count"), state.number("zk_version")) == (84, None)


WRONG = {
    "not allowed": (NOT_ALLOWED, CannotTell, "it does not allow srvr: set 4lw.commands.whitelist=srvr, srvr"),
    "a mail server": (b"220 mail.test\r\n", Down, "is no answer of ZooKeeper"),
    "no such line": (b"Zookeeper version: 3\nMode: leader\n", CannotTell, "its answer has no Latency"),
}


@pytest.mark.parametrize(("answer", "error", "why"), WRONG.values(), ids=WRONG)
def test_wrong_answers(answer: bytes, error: type[Exception], why: str) -> None:
    with serve({b"srvr": answer}, hang_up=True) as address, pytest.raises(error) as caught:
        ZookeeperServers().state(address)
    assert str(caught.value).startswith(f"zookeeper {address}: ") and why in str(caught.value)


class Zookeepers:
    """Servers of one ensemble, each with its folder and its port for clients."""

    def __init__(self, folder: Path, count: int) -> None:
        java = require("java", package="default-jre-headless")
        require("zkServer.sh", package="zookeeper") if not Path("/usr/share/java/zookeeper.jar").exists() else None
        ports = [(free_port(), free_port(), free_port()) for _ in range(count)]
        members = [f"server.{n}=127.0.0.1:{peer}:{vote}" for n, (_, peer, vote) in enumerate(ports, 1)]
        self.addresses = [f"127.0.0.1:{client}" for client, _, _ in ports]
        self.servers = []
        for number, (client, _, _) in enumerate(ports, 1):
            data = folder / f"zookeeper-{number}"
            data.mkdir()
            (data / "myid").write_text(f"{number}\n")
            lines = [f"dataDir={data}", f"clientPort={client}", "clientPortAddress=127.0.0.1", "tickTime=200"]
            lines += ["initLimit=50", "syncLimit=20", "admin.enableServer=false", "4lw.commands.whitelist=srvr, mntr"]
            config = data / "zoo.cfg"
            config.write_text("\n".join([*lines, *(members if count > 1 else []), ""]))
            argv = [java, "-Xmx64m", "-XX:TieredStopAtLevel=1", "-cp", "/usr/share/java/*"]
            argv += ["org.apache.zookeeper.server.quorum.QuorumPeerMain", str(config)]
            self.servers.append(Server(argv, data / "log", partial(self.answers, self.addresses[number - 1])))

    @staticmethod
    def answers(address: str) -> bool:
        try:
            ZookeeperServers().state(address)
        except Down:
            return False
        return True


def real(address: str, words: str = "") -> tuple[str, str]:
    outcome = run(Zookeeper, f"-H {address} -t 20 {words}", World(ZookeeperServers()))
    return outcome.state, outcome.text(1)


@pytest.mark.daemon
@pytest.mark.slow
def test_real_ensemble_without_and_with_a_quorum(tmp_path: Path) -> None:
    ensemble = Zookeepers(tmp_path, 3)
    first, second, _ = ensemble.servers
    with running(first):
        address = ensemble.addresses[0]
        state, text = real(address)
        assert state == "CRITICAL" and "Mode serves nobody (it has no quorum)" in text
        with running(second):
            wait_until(lambda: real(address)[0] == "OK")
            found = [real(one, "--details")[1] for one in ensemble.addresses[:2]]
            assert sorted("Mode leader" in text for text in found) == [False, True]
            assert any("Followers in sync 1" in text for text in found)
    state, text = real(address)
    assert state == "CRITICAL" and "connection refused" in text


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    alone = Zookeepers(folder, 1)
    with running(alone.servers[0]):
        wait_until(lambda: real(alone.addresses[0])[0] == "OK")
        yield Sample(f"--host {alone.addresses[0]}")
