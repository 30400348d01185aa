"""`checkctl sensu silence` with a real backend: what is silenced, what ends a silence, and what Sensu refuses."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from checkwright.cli.main import run
from tests.end_to_end.sensu_go.deployed import namespace
from tests.support.sensu_go import Backend, agents, eventually

FLEET = """\
from checkwright.registry.model import Environment, Handler, Host, Plugin, Role, Routes, SensuAgents, Site, Team

payments = Team("payments", email="payments@example.com", page="payments-pager")
web = Role(
    "web",
    owner=payments,
    watches=(
        Plugin(
            "/bin/sh",
            "-c",
            "read code < {folder}/disk; exit $code",
            name="disk",
            every="1s",
            deadline="2s",
            attempts=1,
        ),
        Plugin(
            "/bin/sh",
            "-c",
            "read code < {folder}/load; exit $code",
            name="load",
            every="1s",
            deadline="2s",
            attempts=1,
        ),
    ),
)
live = Environment(
    "{namespace}",
    site=Site(transport="local"),
    hosts=(Host("web-1", "127.0.0.1", roles=(web,)), Host("web-2", "127.0.0.1", roles=(web,))),
    sensu=Routes(page=(Handler("pager", ({handler!r}, "pager")),), repeat="4s"),
    sensu_agents=SensuAgents(keepalive="1s", warning="5s", critical="10s"),
)
missing = Environment(
    "not-in-sensu",
    site=Site(transport="local"),
    hosts=(Host("web-1", "127.0.0.1", roles=(web,)),),
)
"""


class Silencing:
    """A project in a namespace of its own, whose watches exit with the numbers in files."""

    def __init__(self, backend: Backend, folder: Path) -> None:
        self.backend = backend
        self.where = namespace()
        self.folder = folder
        self.project = folder / "acme"
        (self.project / "fleet").mkdir(parents=True)
        text = FLEET.format(folder=folder, namespace=self.where, handler=str(backend.handler))
        (self.project / "fleet" / "live.py").write_text(text)
        for name in ("disk", "load"):
            self.becomes(name, 0)
        build = folder / "live.json"
        assert self.checkctl("build", self.where, "--out", str(build), "--agents", str(folder / "agents")) == 0
        backend.ctl("create", "--file", build)

    def checkctl(self, *words: str) -> int:
        return run(["--project", str(self.project), "sensu", *words])

    def silence(self, *words: str) -> int:
        return self.checkctl("silence", self.where, *words, "--sensu", self.backend.url)

    def becomes(self, watch: str, code: int) -> None:
        file = self.folder / f"{watch}.new"
        file.write_text(f"{code}\n")
        file.replace(self.folder / watch)

    def agent(self) -> dict[str, object]:
        read: dict[str, object] = yaml.safe_load((self.folder / "agents/hosts/web-1.agent.yml").read_text())
        return read

    def check(self, watch: str) -> tuple[int, list[str]] | None:
        """Return status and silences of the last result on web-1."""
        event = self.backend.event(self.where, "web-1", f"web.{watch}")
        return (event["check"]["status"], event["check"].get("silenced") or []) if event else None

    def names(self) -> list[str]:
        """Return the names of the stored silences."""
        return sorted(one["metadata"]["name"] for one in self.backend.get(f"namespaces/{self.where}/silenced"))

    def wait(self, watch: str, status: int, *silenced: str) -> None:
        def reached() -> bool:
            return self.check(watch) == (status, list(silenced))

        eventually(reached, f"status {status} of {watch} under the silences {silenced}, not {self.check(watch)}")

    def calls(self) -> list[tuple[str, int]]:
        """Return (check, status) of each call of the handler."""
        return [(one.about[1], one.about[2]) for one in self.backend.notifications(self.where)]


@pytest.fixture
def key(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> str:
    """Set the key of an account that may change silences and nothing else."""
    found = account(backend, "silencer", "--verb=get,list,create,update,delete", "--resource=silenced")
    monkeypatch.setenv("CHECKWRIGHT_SENSU_KEY", found)
    monkeypatch.setenv("SUDO_USER", "alice")
    return found


def account(backend: Backend, name: str, *rights: str) -> str:
    """Return the API key of an account with these rights in all namespaces. It is made once."""
    if f'"{name}"' not in backend.ctl("user", "list", "--format", "json"):
        backend.ctl("user", "create", name, "--password", "P@ssw0rd!", "--groups", name)
        backend.ctl("cluster-role", "create", name, *rights)
        backend.ctl("cluster-role-binding", "create", name, f"--cluster-role={name}", f"--group={name}")
    return backend.ctl("api-key", "grant", name).strip().rpartition("/")[2]


@pytest.fixture
def made(backend: Backend, tmp_path: Path, key: str) -> Iterator[Silencing]:
    assert key
    yield Silencing(backend, tmp_path)


Captured = pytest.CaptureFixture[str]


def test_silence_holds_a_handler_back_and_ends_by_itself(
    made: Silencing, backend: Backend, tmp_path: Path, capsys: Captured
) -> None:
    with agents(backend, tmp_path / "running", made.agent()):
        made.wait("disk", 0)
        capsys.readouterr()
        assert made.silence("web-1/disk", "20s", "--why", "new disk") == 0
        assert capsys.readouterr().out.endswith(": new disk (alice)\nentity:web-1:web.disk\n")
        (stored,) = backend.get(f"namespaces/{made.where}/silenced")
        assert (stored["creator"], stored["expire_on_resolve"]) == ("silencer", False)
        made.wait("disk", 0, "entity:web-1:web.disk")
        made.becomes("disk", 2)
        made.becomes("load", 2)
        made.wait("disk", 2, "entity:web-1:web.disk")
        eventually(lambda: made.calls(), "notification of the other check")
        assert made.silence("--list") == 0
        assert "new disk (alice)" in capsys.readouterr().out
        eventually(lambda: ("web.disk", 2) in made.calls(), "notification after the silence")
        first = next(one for one in backend.notifications(made.where) if one.about[1] == "web.disk")
        assert first.event["timestamp"] >= stored["expire_at"]
        assert made.silence("--list") == 0
        assert capsys.readouterr().out == "no silences\n"


def test_silence_until_resolved_ends_with_its_own_check_alone(
    made: Silencing, backend: Backend, tmp_path: Path, capsys: Captured
) -> None:
    with agents(backend, tmp_path / "running", made.agent()):
        made.wait("disk", 0)
        assert made.silence("web-1", "1h", "--why", "known", "--until-resolved") == 0
        assert made.names() == [f"entity:web-1:{name}" for name in ("keepalive", "web.disk", "web.load")]
        made.wait("disk", 0, "entity:web-1:web.disk")
        made.wait("load", 0, "entity:web-1:web.load")
        made.becomes("disk", 2)
        made.becomes("load", 2)
        made.wait("disk", 2, "entity:web-1:web.disk")
        made.wait("load", 2, "entity:web-1:web.load")
        assert made.calls() == []
        made.becomes("load", 0)
        made.wait("load", 0)
        eventually(lambda: "entity:web-1:web.load" not in made.names(), "end of the silence")
        eventually(lambda: ("web.load", 0) in made.calls(), "notification of the recovery")
        made.wait("disk", 2, "entity:web-1:web.disk")
        assert ("web.disk", 2) not in made.calls()
        made.becomes("load", 2)
        eventually(lambda: ("web.load", 2) in made.calls(), "notification of the next problem")
        capsys.readouterr()
        assert made.silence("web-1", "--cancel") == 0
        assert capsys.readouterr().out == "Deleted entity:web-1:keepalive, entity:web-1:web.disk\n"
        eventually(lambda: ("web.disk", 2) in made.calls(), "notification after the silence was deleted")


def test_silent_machine_may_die(made: Silencing, backend: Backend, tmp_path: Path) -> None:
    with agents(backend, tmp_path / "running", made.agent()) as (agent,):
        made.wait("disk", 0)
        assert made.silence("web-1", "1h", "--why", "kernel") == 0
        agent.kill()

        def silenced() -> bool:
            check = (backend.event(made.where, "web-1", "keepalive") or {})["check"]
            return bool(check["status"] == 2 and check["silenced"] == ["entity:web-1:*"])

        eventually(silenced, "critical keepalive under the silence")
        assert made.calls() == []
        assert made.silence("web-1", "--cancel") == 0
        eventually(lambda: ("keepalive", 2) in made.calls(), "notification after the silence was deleted")


def test_targets_lists_and_replacement(made: Silencing, capsys: Captured) -> None:
    assert made.silence("disk", "1h", "--why", "first") == 0
    assert made.silence("disk", "2h", "--why", "second", "--at", "1h") == 0
    assert made.silence("web", "1h", "--why", "role") == 0
    assert made.names() == ["*:web.disk", "entity:web-1:*", "entity:web-2:*"]
    capsys.readouterr()
    assert made.silence("disk", "--list", "--json") == 0
    listed = capsys.readouterr().out
    assert "second (alice)" in listed
    assert "first" not in listed
    assert "entity" not in listed
    assert made.silence("disk", "--cancel") == 0
    assert made.names() == ["entity:web-1:*", "entity:web-2:*"]
    assert made.silence("web-1", "web-2", "--cancel") == 0
    assert made.names() == []


REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "unknown target": (("wbe-1", "1h", "--why", "x"), "has no role, host or watch 'wbe-1', did you mean web-1"),
    "nothing to cancel": (("web-1", "--cancel"), "Sensu has no silence of these targets. Nothing was changed."),
    "beyond the limit": (
        ("web-1", "3d", "--why", "x"),
        "allows no silence that ends so late: choose an earlier end, or raise max-silenced-expiry-time-allowed",
    ),
}


@pytest.mark.parametrize(("words", "message"), REFUSED.values(), ids=REFUSED)
def test_refusal_is_one_sentence(made: Silencing, words: tuple[str, ...], message: str, capsys: Captured) -> None:
    capsys.readouterr()
    assert made.silence(*words) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert (printed.out, printed.err.count("\n"), made.names()) == ("", 1, [])


def test_namespace_that_sensu_does_not_have(made: Silencing, backend: Backend, capsys: Captured) -> None:
    capsys.readouterr()
    assert made.checkctl("silence", "not-in-sensu", "web-1", "1h", "--why", "x", "--sensu", backend.url) == 2
    assert "answers 500: the namespace not-in-sensu does not exist" in capsys.readouterr().err


def wrong_keys(backend: Backend) -> dict[str, Callable[[], str]]:
    return {
        "401": lambda: "0f1f3c5a-7b1c-4d7a-9a30-5f1e2d3c4b5a",
        "403": lambda: account(backend, "reader", "--verb=get,list", "--resource=events"),
    }


@pytest.mark.parametrize("code", ["401", "403"])
def test_wrong_key_is_one_sentence_without_the_key(
    made: Silencing, backend: Backend, code: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Captured
) -> None:
    key = wrong_keys(backend)[code]()
    file = tmp_path / "key"
    file.write_text(f"{key}\n")
    file.chmod(0o600)
    capsys.readouterr()
    for words, purpose in (
        (("web-1", "1h", "--why", "x"), "change silences"),
        (("--list",), "list events and silences"),
    ):
        assert made.silence(*words, "--sensu-key", str(file)) == 2
        printed = capsys.readouterr()
        assert f"answers {code}: name another API key that may {purpose}, by --sensu-key FILE" in printed.err
        assert (printed.out, printed.err.count("\n")) == ("", 1)
        assert key not in printed.err
    monkeypatch.delenv("CHECKWRIGHT_SENSU_KEY")
    assert made.silence("web-1", "1h", "--why", "x") == 2
    assert "answers 401: name an API key" in capsys.readouterr().err
    assert made.names() == []
