"""The status of a real Sensu Go: events of agents, a silence, and a machine whose agent was killed."""

import time
from pathlib import Path

from checkwright.status.present_problems import Problem, Status, status
from checkwright.status.sensu_events import SensuApi
from tests.end_to_end.sensu_go.deployed import deploy, namespace, plan, watch
from tests.support.sensu_go import Backend, agents, eventually


def test_real_events_are_understood(backend: Backend, tmp_path: Path) -> None:
    where = namespace()
    made = plan(
        backend,
        where,
        watch("bad", "/bin/sh", "-c", "echo 'BAD | a=1'; echo more; exit 2"),
        watch("quiet", "/bin/false"),
        watch("fine"),
        watch("fine", role="db", hosts=("db-1",)),
    )
    parts = deploy(backend, made)
    key = backend.ctl("api-key", "grant", "admin").strip().rpartition("/")[2]
    api = SensuApi(backend.url, key)

    def now() -> Status:
        return status([made], [api.snapshot(where)], [], time.time())

    def problems() -> dict[tuple[str, str], Problem]:
        return {(one.host, one.watch): one for one in now().problems}

    silence = ("--namespace", where, "--subscription", "entity:web-1", "--check", "web.quiet", "--reason", "known")
    backend.ctl("silenced", "create", *silence)
    with agents(backend, tmp_path, parts["web-1"], parts["db-1"]) as (_, database):
        found = eventually(
            lambda: problems() if not now().missing and problems().get(("web-1", "quiet")) else None, "all events"
        )
        assert set(found) == {("web-1", "bad"), ("web-1", "quiet")}
        bad = found["web-1", "bad"]
        assert (bad.state, bad.output, bad.details, bad.handled) == ("CRITICAL", "BAD", "more", "")
        assert 0 < bad.since <= bad.last_check <= time.time() + 1
        eventually(lambda: problems()["web-1", "quiet"].handled == "in downtime", "silence")
        quiet = problems()["web-1", "quiet"].remark
        assert quiet is not None
        assert (quiet.author, quiet.text) == ("admin", "known")
        assert now().good == 2
        database.kill()
        down = eventually(lambda: problems().get(("db-1", "")), "dead machine")
        assert (down.state, down.roles) == ("DOWN", ("db",))
