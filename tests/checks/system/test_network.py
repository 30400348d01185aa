"""Check network against a fake machine, a recorded file and this machine's interfaces."""

from pathlib import Path

import psutil
import pytest

from checks.system._network import Interface, choose, parse
from checks.system.fake import FakeSystem
from checks.system.network import Network
from checks.system.source import System
from checkwright.core.errors import CannotTell
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support.sample import Sample, no_limits

RECORDED = Path(__file__).with_name("recorded") / "net-dev-6.18.txt"
GIGABIT = 1e9 / 8
SLAVES = {"eth0": "up", "eth1": "up"}


def eth0(**changed: object) -> Interface:
    known: dict[str, object] = {
        "received": 600_000_000, "sent": 60_000_000, "packets": 200_000, "speed": GIGABIT, "changes": 2,
    }  # fmt: skip
    return Interface("eth0", **(known | changed))  # type: ignore[arg-type]


CASES = {
    "a quiet link": ([eth0()], "", "OK"),
    "nearly full": ([eth0(received=6_300_000_000)], "", "WARNING"),
    "full": ([eth0(sent=7_400_000_000)], "", "CRITICAL"),
    "a speed that the link does not report": ([eth0(speed=None)], "--speed 90", "WARNING"),
    "a virtual link": ([eth0(speed=None)], "", "OK"),
    "errors": ([eth0(errors=3_000)], "", "CRITICAL"),
    "dropped packets": ([eth0(dropped=4_000)], "", "WARNING"),
    "errors among few packets": ([eth0(packets=900, errors=9)], "", "OK"),
    "no link": ([eth0(state="down", changes=3)], "", "CRITICAL"),
    "a link that comes and goes": ([eth0(changes=8)], "", "CRITICAL"),
    "a whole bond": ([Interface("bond0", slaves=SLAVES), eth0()], "", "OK"),
    "a bond that lost its second link": ([Interface("bond0", slaves=SLAVES | {"eth1": "down"})], "", "WARNING"),
    "a bond without links": ([Interface("bond0", state="down", changes=4, slaves={"eth0": "down"})], "", "CRITICAL"),
    "an interface that is not there": ([eth0()], "-i eth0 -i eth7", "UNKNOWN"),
    "nothing to measure": ([Interface("lo")], "", "UNKNOWN"),
    "an impossible speed": ([eth0()], "--speed 0", "UNKNOWN"),
}


@pytest.mark.parametrize(("now", "command_line", "state"), CASES.values(), ids=CASES)
def test_network(now: list[Interface], command_line: str, state: str, golden: Golden) -> None:
    memory = FakeStateFile()
    names = [str(one) for one in now]
    memory.remembered["traffic"] = {f"{name}:{counter}": 0 for name in names for counter in ("received", "sent")}
    last = {f"{name}:{counter}": 0 for name in names for counter in ("packets", "errors", "dropped")}
    memory.remembered["events"] = {"last": last | {f"{name}:changes": 2 for name in names}, "events": []}
    outcome = run(Network, command_line, FakeSystem(interfaces=now), memory)
    assert outcome.state == state
    golden(outcome)


def test_first_run_measures_traffic_and_judges_no_events() -> None:
    readings = [[eth0()], [eth0(received=600_001_000)]]
    outcome = run(Network, "", FakeSystem(interfaces=[eth0()]), FakeStateFile())
    assert outcome.state == "OK"
    outcome = run(Network, "", FakeSystem(interfaces=readings), FakeStateFile())
    values = {reading.label: reading.value for reading in outcome.readings}
    assert (values["received:eth0"], values["errors:eth0"], values["flaps:eth0"]) == (1_000, None, None)


def test_link_changes_stay_until_the_window_ends() -> None:
    memory = FakeStateFile(seconds=60)
    states = []
    for changes in (2, 8, 8, 8):
        states.append(run(Network, "--window 150", FakeSystem(interfaces=[eth0(changes=changes)]), memory).state)
    assert states == ["OK", "CRITICAL", "CRITICAL", "CRITICAL"]
    memory.seconds = 200
    assert run(Network, "--window 150", FakeSystem(interfaces=[eth0(changes=8)]), memory).state == "OK"


def test_recorded_file_is_parsed() -> None:
    found = {str(one): one for one in parse(RECORDED.read_text())}
    assert set(found) == {"lo", "ifb0", "ifb1", "eth0"}
    assert (found["eth0"].received, found["eth0"].sent) == (736_545_540, 1_379_461)
    assert found["eth0"].packets == 21_263 + 12_228
    assert [str(one) for one in choose(list(found.values()), ())] == ["eth0"]


def test_interfaces_without_traffic_of_the_machine_are_left_out() -> None:
    found = [
        Interface("lo", state="unknown"),
        Interface("eth0"),
        Interface("eth1", state="down", changes=1),
        Interface("eth2", enabled=False),
        Interface("eth3", state="down", changes=3),
        Interface("bond0", slaves={"eth4": "up"}),
        Interface("eth4"),
        Interface("veth1a2b"),
        Interface("tun0", state="unknown"),
    ]
    assert [str(one) for one in choose(found, ())] == ["eth0", "eth3", "bond0", "tun0"]
    assert [str(one) for one in choose(found, ("eth[12]", "lo"))] == ["lo", "eth1", "eth2"]


@pytest.mark.parametrize("line", ["eth0 1 2 3", "eth0: 1 2 3", "eth0:" + " x" * 16, "garbage"])
def test_other_files_are_reported(line: str) -> None:
    with pytest.raises(CannotTell, match="is no interface"):
        parse(f"Inter-|\n face |\n{line}\n")


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def test_states_speeds_and_bonds_come_from_sys(tmp_path: Path) -> None:
    counts = " 1" * 16
    lines = f"Inter-|\n face |\nbond0:{counts}\n eth0:{counts}\n eth1:{counts}\neth0:9:{counts}\n"
    write(tmp_path / "proc/net", {"dev": lines})
    write(
        tmp_path / "sys/class/net",
        {
            "bond0/bonding/slaves": "eth0 eth1\n",
            "bond0/operstate": "up\n",
            "bond0/speed": "2000\n",
            "bond0/flags": "0x1403\n",
            "bond0/carrier_changes": "2\n",
            "eth0/bonding_slave/mii_status": "up\n",
            "eth1/bonding_slave/mii_status": "down\n",
            "eth0/speed": "-1\n",
            "eth0/flags": "0x1002\n",
        },
    )
    found = {str(one): one for one in System(str(tmp_path)).interfaces(["*"])}
    bond, port = found["bond0"], found["eth0"]
    assert (bond.state, bond.speed, bond.changes, bond.enabled) == ("up", 2.5e8, 2, True)
    assert bond.slaves == {"eth0": "up", "eth1": "down"}
    assert (port.state, port.speed, port.enabled) == ("unknown", None, False)
    assert "eth0:9" in found  # an alias


def test_interfaces_agree_with_psutil() -> None:
    seen = psutil.net_io_counters(pernic=True, nowrap=False)
    for one in System().interfaces(["*"]):
        assert one.received == pytest.approx(seen[str(one)].bytes_recv, abs=5e7)


def test_interfaces_of_this_machine_are_measured() -> None:
    outcome = run(Network, SAMPLE.words, System(), FakeStateFile())
    assert outcome.state == "OK"
    assert [reading.value for reading in outcome.readings if reading.label == "received:lo"] != []


SAMPLE = Sample("-i lo " + no_limits("errors", "dropped", "flaps"))
