"""A pull from a real PuppetDB; tests/support/puppetdb.py says how to run it. It also writes the recorded answers."""

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from checkwright.inventory.pull import pull
from checkwright.inventory.puppetdb_answers import puppetdb_answer
from checkwright.inventory.puppetdb_connection import PuppetDbClient, puppetdb_settings
from checkwright.inventory.records import CannotPull
from tests.checkwright.inventory.conftest import RECORDED
from tests.checkwright.inventory.test_puppetdb import SOURCE
from tests.support.puppetdb import RealPuppetDb, puppetdb

pytestmark = [pytest.mark.daemon, pytest.mark.slow]


class Recording(PuppetDbClient):
    """Client that keeps its answers."""

    answers: dict[str, list[dict[str, Any]]]

    def query(self, pql: str, *, counted: bool = True) -> list[dict[str, Any]]:
        rows = super().query(pql, counted=counted)
        self.answers = {**getattr(self, "answers", {}), pql.partition("[")[0] if counted else "classes": rows}
        return rows


def submit(server: RealPuppetDb, name: str, role: str, address: str, classes: tuple[str, ...]) -> None:
    certname = f"{name}.example.com"
    facts = {
        "networking": {"hostname": name, "ip": address},
        "checkout": {"a.b": "odd"},
        "trusted": {"extensions": {"pp_role": role, "pp_environment": "production"}},
    }
    server.command("replace facts", 5, certname, {"environment": "live", "producer": "test", "values": facts})
    resources: list[dict[str, object]] = [
        {
            "type": "Class",
            "title": title,
            "exported": False,
            "tags": [],
            "file": None,
            "line": None,
            "parameters": {},
        }
        for title in classes
    ]
    catalog = {
        "version": "1",
        "environment": "live",
        "transaction_uuid": None,
        "catalog_uuid": None,
        "code_id": None,
        "job_id": None,
        "producer": "test",
        "resources": resources,
        "edges": [],
    }
    server.command("replace catalog", 9, certname, catalog)


def wait_for(server: RealPuppetDb, pql: str, count: int) -> None:
    end = time.monotonic() + 120
    while len(server.query(pql)) != count:
        assert time.monotonic() < end, server.query(pql)
        time.sleep(0.5)


def test_pull_from_a_real_puppetdb(tmp_path: Path) -> None:
    with puppetdb() as server:
        for name, role, number in (("web-1", "web", 1), ("web-2", "web", 2), ("cache-1", "", 3), ("old-1", "web", 4)):
            submit(server, name, role, f"10.0.0.{number}", ("Main", "Redis") if name == "cache-1" else ("Main",))
        wait_for(server, "resources[certname]{ type = 'Class' and title = 'Main' }", 4)
        wait_for(server, "inventory[certname]{ certname ~ '.' }", 4)
        server.command("deactivate node", 3, "old-1.example.com", {})
        wait_for(server, "nodes[certname]{ node_state = 'inactive' }", 1)

        file = tmp_path / "puppetdb.conf"
        file.write_text(json.dumps(server.settings()))
        client = Recording(puppetdb_settings(str(file)))
        now = datetime.now(UTC)
        found = puppetdb_answer(SOURCE, client, now)
        done = pull(SOURCE, found, None, now)
        assert done.refusals == ()
        lines = [line.split(",")[:3] for line in done.content.splitlines()[2:]]
        assert lines == [
            ["cache-1", "10.0.0.3", "redis"],
            ["web-1", "10.0.0.1", "web"],
            ["web-2", "10.0.0.2", "web"],
        ]
        assert done.facts.classes == {"Main": 3, "Redis": 1}
        assert found.gone.keys() == {"old-1.example.com"}

        file.write_text(json.dumps(server.settings("stranger")))
        with pytest.raises(CannotPull, match=r"answers 403: .*stranger.* doesn.?t appear in the certificate"):
            puppetdb_answer(SOURCE, PuppetDbClient(puppetdb_settings(str(file))), now)
        with pytest.raises(CannotPull, match="answers 400: PQL parse error"):
            client.query("inventory[certname]{ nonsense }")

        if os.environ.get("PUPPETDB_RECORD"):
            RECORDED.mkdir(parents=True, exist_ok=True)
            for name, rows in client.answers.items():
                rows.sort(key=lambda row: (row.get("certname", ""), row.get("title", "")))
                (RECORDED / f"{name}.json").write_text(json.dumps(rows, indent=1) + "\n")
