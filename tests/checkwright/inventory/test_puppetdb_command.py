"""`checkctl inventory pull` from PuppetDB's double, over TLS with the settings of a person."""

import sys
from pathlib import Path

import pytest

from checkwright.cli.main import run
from tests.checkwright.inventory.conftest import PuppetDbDouble

FLEET = """\
from checks.system.load import Load
from checkwright.registry.model import ByClass, ByValue, Environment, Fact, PuppetDb, Role, Site, Team, Trusted, Watch

ops = Team("ops", email="ops@example.com", page="ops-pager")
web = Role("web", owner=ops, runbook="https://r.example.com/", watches=(Watch(Load()),))
redis = Role("redis", owner=ops, runbook="https://r.example.com/", watches=(Watch(Load(), name="redis_load"),))
puppet = PuppetDb(
    file="inventory/live.csv",
    where='trusted.extensions.pp_environment = "production"',
    name=Fact("networking.hostname"),
    roles=(ByValue(Trusted("pp_role"), {"web": web}), ByClass("Redis", redis)),
)
live = Environment("live", site=Site(), inventory=puppet)
"""


@pytest.fixture
def quay(tmp_path: Path) -> Path:
    """Return the folder of a project with the source."""
    folder = tmp_path / "quay"
    (folder / "fleet").mkdir(parents=True)
    (folder / "fleet/all.py").write_text(FLEET)
    return folder


def pull(folder: Path, settings: Path, *words: str) -> int:
    for name in [name for name in sys.modules if name.partition(".")[0] == folder.name]:
        del sys.modules[name]
    args = ["--project", str(folder), "inventory", "pull", "live", "--puppetdb-config", str(settings), *words]
    return run(args)


def test_recorded_answers_become_an_inventory(
    puppetdb: PuppetDbDouble, settings: Path, quay: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for row in puppetdb.rows["inventory"]:
        row["timestamp"] = "2024-05-06T07:08:09.123Z"
    assert pull(quay, settings) == 3
    assert "refused (fresh): the newest facts are" in capsys.readouterr().err
    assert not (quay / "inventory").exists()
    assert pull(quay, settings, "--stale-ok", "they were recorded") == 0
    lines = (quay / "inventory/live.csv").read_text().splitlines()
    assert lines[0].startswith("# checkctl inventory pull: puppetdb, 3 of 3, facts as of 2024-05-06T07:08:09Z")
    assert [line.split(",")[:3] for line in lines[2:]] == [
        ["cache-1", "10.0.0.3", "redis"],
        ["web-1", "10.0.0.1", "web"],
        ["web-2", "10.0.0.2", "web"],
    ]


def test_half_an_answer_changes_nothing(
    puppetdb: PuppetDbDouble, settings: Path, quay: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pull(quay, settings, "--stale-ok", "they were recorded") == 0
    before = (quay / "inventory/live.csv").read_bytes()
    puppetdb.total = "5000"
    assert pull(quay, settings, "--stale-ok", "they were recorded") == 3
    assert (quay / "inventory/live.csv").read_bytes() == before
    errors = capsys.readouterr().err
    assert "refused (whole answer): PuppetDB https://127.0.0.1:" in errors
    assert "sends 3 rows and counts 5000: run the pull again" in errors


def test_server_that_refuses_the_certificate_ends_with_2(
    puppetdb: PuppetDbDouble, settings: Path, quay: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    puppetdb.status, puppetdb.body = 403, b"Permission denied"
    assert pull(quay, settings) == 2
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert "answers 403: Permission denied. Nothing was written." in errors
