"""direct_connect: against a fake, and answers in AWS's protocol. moto has no virtual interfaces."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from checks.aws.direct_connect import DirectConnect
from checks.aws.fake import FakeAws
from checkwright.core.errors import CannotTell
from checkwright.testing import Golden, run
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.sample import Sample

KEY = "never-shown-bgp-key"


def line(state: str = "available", name: str = "Dublin", identity: str = "dxcon-1") -> dict[str, Any]:
    about = {"connectionId": identity, "connectionName": name, "connectionState": state}
    return {**about, "bandwidth": "1Gbps", "location": "EirCL"}


def interface(
    *statuses: str, state: str = "available", name: str = "shop", identity: str = "dxvif-1"
) -> dict[str, Any]:
    peers = [
        {
            "bgpPeerId": f"dxpeer-{n}",
            "bgpStatus": word,
            "customerAddress": f"10.0.{n}.2/30",
            "asn": 65001,
            "authKey": KEY,
        }
        for n, word in enumerate(statuses)
    ]
    about = {"virtualInterfaceId": identity, "virtualInterfaceName": name, "virtualInterfaceState": state}
    return {**about, "authKey": KEY, "bgpPeers": peers}


def world(lines: Any = None, interfaces: Any = None) -> FakeAws:
    known = [interface("up", "up")] if interfaces is None else interfaces
    found = [line()] if lines is None else lines
    return FakeAws(
        answers={
            "directconnect:DescribeConnections": found if isinstance(found, CannotTell) else {"connections": found},
            "directconnect:DescribeVirtualInterfaces": {"virtualInterfaces": known},
        }
    )


PAGES = FakeAws(
    answers={
        "directconnect:DescribeConnections": {"connections": []},
        "directconnect:DescribeVirtualInterfaces": [
            {"virtualInterfaces": [interface("up")], "nextToken": "more"},
            {"virtualInterfaces": [interface("down", name="mail", identity="dxvif-2")]},
        ],
    }
)
OLD = interface("down", state="deleted", name="old", identity="dxvif-9")
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(), "", "OK"),
    "one session is down": (world(interfaces=[interface("up", "down")]), "", "CRITICAL"),
    "a session is not known": (world(interfaces=[interface("unknown")]), "", "UNKNOWN"),
    "the line is down": (world([line("down")]), "", "CRITICAL"),
    "the line is made": (world([line("pending")]), "", "WARNING"),
    "the interface is down": (world(interfaces=[interface("up", state="down")]), "", "CRITICAL"),
    "on the second page": (PAGES, "", "CRITICAL"),
    "a deleted one is left out": (world(interfaces=[interface("up"), OLD]), "", "OK"),
    "a named one was deleted": (world(interfaces=[OLD]), "--name dxvif-9", "CRITICAL"),
    "by name": (world(interfaces=[interface("up"), interface("down", name="mail")]), "--name 'sh*'", "OK"),
    "left out": (world(interfaces=[interface("up"), interface("down", name="mail")]), "--exclude mail", "OK"),
    "a line of another account": (world([]), "", "OK"),
    "not there": (world(), "--name dxvif-5", "CRITICAL"),
    "nothing": (world([], []), "--region eu-west-1", "CRITICAL"),
    "no permission": (world(CannotTell("AWS refused directconnect:DescribeConnections")), "", "UNKNOWN"),
    "an empty name": (world(), "--name ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_direct_connect(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(DirectConnect, command_line, aws)
    assert outcome.state == state
    assert KEY not in outcome.text(3)
    golden(outcome)


def test_program_reads_answers_of_the_service() -> None:
    answers: dict[str, Any] = {
        "directconnect:DescribeConnections": {"connections": [line()]},
        "directconnect:DescribeVirtualInterfaces": [
            {"virtualInterfaces": [interface("up")], "nextToken": "more"},
            {"virtualInterfaces": [interface("down", name="mail", identity="dxvif-2")]},
        ],
    }
    with answering(answers) as server:
        done = run_program(server.address, "direct_connect", "-vv")
    assert done.returncode == 2, done.stdout
    assert "OK: Connection Dublin dxcon-1 available (1Gbps, EirCL)" in done.stdout
    assert "CRITICAL: BGP session mail dxvif-2 10.0.0.2/30 down (AS 65001)" in done.stdout
    assert KEY not in done.stdout


def test_program_reports_a_refusal() -> None:
    with answering({"directconnect:DescribeConnections": Refusal("AccessDeniedException", "no")}) as server:
        done = run_program(server.address, "direct_connect")
    assert done.returncode == 3
    assert done.stdout.startswith("DIRECT_CONNECT UNKNOWN: AWS refused directconnect:DescribeConnections on Direct")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    answers: dict[str, Any] = {
        "directconnect:DescribeConnections": {"connections": [line()]},
        "directconnect:DescribeVirtualInterfaces": {"virtualInterfaces": [interface("up")]},
    }
    with answering(answers) as server:
        yield Sample("", env=environment(server.address))
