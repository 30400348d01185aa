"""vpn: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.fake import FakeAws
from checks.aws.vpn import Vpn
from checkwright.core.errors import CannotTell, Down
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.clock import still_time
from tests.support.sample import Sample

NOW = datetime(2026, 11, 29, 6, tzinfo=UTC)
ID = "vpn-0123456789abcdef0"


def tunnel(address: str, status: str = "UP", message: str = "", routes: int = 3, at: datetime = NOW) -> dict[str, Any]:
    return {
        "OutsideIpAddress": address,
        "Status": status,
        "StatusMessage": message,
        "AcceptedRouteCount": routes,
        "LastStatusChange": at - timedelta(hours=2),
    }


def connection(
    *tunnels: dict[str, Any], state: str = "available", identity: str = ID, name: str = ""
) -> dict[str, Any]:
    tags = [{"Key": "Name", "Value": name}] if name else []
    return {"VpnConnectionId": identity, "State": state, "Tags": tags, "VgwTelemetry": list(tunnels)}


ONE, TWO = tunnel("198.51.100.1"), tunnel("198.51.100.2")
DOWN = tunnel("198.51.100.2", "DOWN", "IPSEC IS DOWN", 0)


def world(*connections: dict[str, Any]) -> FakeAws:
    return FakeAws(answers={"ec2:DescribeVpnConnections": {"VpnConnections": list(connections)}})


GONE = FakeAws(answers={"ec2:DescribeVpnConnections": Down(f"the VPN connection {ID} does not exist")})
REFUSED = FakeAws(answers={"ec2:DescribeVpnConnections": CannotTell("AWS refused ec2:DescribeVpnConnections")})
DELETED = connection(state="deleted", identity="vpn-0fedcba9876543210")
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(connection(ONE, TWO, name="warehouse")), "", "OK"),
    "one tunnel is down": (world(connection(ONE, DOWN)), "", "WARNING"),
    "one tunnel is enough": (world(connection(ONE, DOWN)), "--tunnels-warning 1: --tunnel-ok DOWN", "OK"),
    "both tunnels are down": (
        world(connection(tunnel("198.51.100.1", "DOWN", "IPSEC IS DOWN", 0), DOWN)),
        "",
        "CRITICAL",
    ),
    "up without routes": (world(connection(tunnel("a", routes=0), tunnel("b", routes=0))), "", "WARNING"),
    "is made": (world(connection(state="pending")), "", "WARNING"),
    "no tunnels in the answer": (world(connection()), "", "UNKNOWN"),
    "another one was deleted": (world(connection(ONE, TWO), DELETED), "", "OK"),
    "was deleted": (world(DELETED), "", "CRITICAL"),
    "by ID": (world(connection(ONE, TWO)), f"--connection {ID}", "OK"),
    "by tag": (world(connection(ONE, TWO)), "--tag site=warehouse", "OK"),
    "not there": (GONE, f"--connection {ID}", "CRITICAL"),
    "none with a tag": (world(), "--tag site=warehouse", "CRITICAL"),
    "no permission": (REFUSED, "", "UNKNOWN"),
    "ID and tag": (world(), f"--connection {ID} --tag site=warehouse", "UNKNOWN"),
    "an empty ID": (world(), "--connection ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_vpn(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    with still_time(NOW.timestamp()):
        outcome = run(Vpn, command_line, aws)
    assert outcome.state == state
    golden(outcome)


def test_program_reads_answers_of_the_service() -> None:
    now = datetime.now(UTC)
    down = tunnel("198.51.100.2", "DOWN", "IPSEC IS DOWN", 0, at=now)
    found = connection(tunnel("198.51.100.1", at=now), down, name="warehouse")
    with answering({"ec2:DescribeVpnConnections": {"VpnConnections": [found]}}) as server:
        done = run_program(server.address, "vpn", "-vv")
    assert done.returncode == 1, done.stdout
    assert f"WARNING: Tunnels up of warehouse {ID} 1 (below 2)" in done.stdout
    assert f"WARNING: Tunnel warehouse {ID} 198.51.100.2 DOWN (IPSEC IS DOWN, for 2 h)" in done.stdout
    assert f"OK: Routes of warehouse {ID} 3" in done.stdout


@pytest.mark.parametrize(
    ("refusal", "code", "words"),
    [
        (Refusal("InvalidVpnConnectionID.NotFound", "no"), 2, f"CRITICAL: the VPN connection {ID} does not exist"),
        (Refusal("UnauthorizedOperation", "no"), 3, "UNKNOWN: AWS refused ec2:DescribeVpnConnections on the VPN"),
    ],
    ids=["not there", "refused"],
)
def test_program_reports_a_refusal(refusal: Refusal, code: int, words: str) -> None:
    with answering({"ec2:DescribeVpnConnections": refusal}) as server:
        done = run_program(server.address, "vpn", "--connection", ID)
    assert done.returncode == code, done.stdout
    assert done.stdout.startswith(f"VPN {words}")


def make_connection(address: str) -> str:
    ec2 = client("ec2", address)
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    other = ec2.create_customer_gateway(Type="ipsec.1", PublicIp="198.51.100.9", BgpAsn=65000)["CustomerGateway"]
    made = ec2.create_vpn_connection(Type="ipsec.1", CustomerGatewayId=other["CustomerGatewayId"], VpnGatewayId=gateway)
    identity: str = made["VpnConnection"]["VpnConnectionId"]
    return identity


@pytest.mark.slow
def test_program_follows_the_connections_of_moto() -> None:
    with moto() as address:
        identity = make_connection(address)
        made = run_program(address, "vpn", "-vv")
        client("ec2", address).delete_vpn_connection(VpnConnectionId=identity)
        gone = run_program(address, "vpn", "--connection", identity)
        missing = run_program(address, "vpn", "--connection", ID)
    assert made.returncode == 3, made.stdout
    assert f"OK: Connection {identity} available" in made.stdout
    assert f"Tunnels up of {identity} has no value (AWS names no tunnels)" in made.stdout
    assert gone.returncode == 2, gone.stdout
    assert missing.stdout.startswith(f"VPN CRITICAL: the VPN connection {ID} does not exist")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    now = datetime.now(UTC)
    found = connection(tunnel("198.51.100.1", at=now), tunnel("198.51.100.2", at=now))
    with answering({"ec2:DescribeVpnConnections": {"VpnConnections": [found]}}) as server:
        yield Sample("", env=environment(server.address))
