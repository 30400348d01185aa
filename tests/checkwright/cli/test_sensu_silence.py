"""`checkctl sensu silence` on the example project, with a server that has the rules of Sensu's API."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from checkwright.cli.main import run
from shop import nagios_status
from tests.support.sensu_silences import Silences, silences_api

SHOP = Path(nagios_status.__file__).parent
KEY = "0f1f3c5a-7b1c-4d7a-9a30-5f1e2d3c4b5a"


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Silences]:
    monkeypatch.setenv("CHECKWRIGHT_SENSU_KEY", KEY)
    monkeypatch.setenv("SUDO_USER", "alice")
    with silences_api("production", KEY) as found:
        yield found


def silence(api: Silences, *words: str) -> int:
    return run(["--project", str(SHOP), "sensu", "silence", "production", *words, "--sensu", api.url])


def test_host_is_silenced_and_the_silence_ends(api: Silences, capsys: pytest.CaptureFixture[str]) -> None:
    before = int(time.time())
    assert silence(api, "web-1", "2h", "--why", "kernel") == 0
    (one,) = api.stored.values()
    assert (one["metadata"]["name"], one["creator"], one["reason"]) == ("entity:web-1:*", "deploy", "kernel (alice)")
    assert before + 7_200 <= one["expire_at"] <= time.time() + 7_200
    assert one["expire_on_resolve"] is False
    printed = capsys.readouterr().out
    assert printed.startswith("Silenced until ")
    assert printed.endswith(": kernel (alice)\nentity:web-1:*\n")
    assert silence(api, "--list") == 0
    assert "entity:web-1:*" in capsys.readouterr().out
    assert silence(api, "web-2", "--list") == 0
    assert capsys.readouterr().out == "no silences\n"
    assert silence(api, "web-1", "--cancel") == 0
    assert capsys.readouterr().out == "Deleted entity:web-1:*\n"
    assert api.stored == {}


def test_watches_and_roles(api: Silences) -> None:
    assert silence(api, "web-1/http", "1h", "--why", "x", "--at", "1h", "--until-resolved") == 0
    ((name, one),) = api.stored.items()
    assert name.startswith("entity:web-1:")
    assert name.endswith(".http")
    assert one["expire_at"] - one["begin"] == 3_600
    assert one["begin"] >= time.time() + 3_500
    assert one["expire_on_resolve"] is True
    api.stored.clear()
    assert silence(api, "role:payments-api", "1h", "--why", "x") == 0
    assert {name for name in api.stored if name.startswith("entity:pay-")} >= {"entity:pay-1:*", "entity:pay-2:*"}
    api.stored.clear()
    assert silence(api, "checkout", "1h", "--why", "x") == 0
    assert set(api.stored) == {"*:payments-api.checkout"}


def test_until_resolved_is_one_silence_for_each_check(api: Silences, capsys: pytest.CaptureFixture[str]) -> None:
    """The first recovery would end a silence of several checks or hosts."""
    assert silence(api, "web-1", "1h", "--why", "x", "--until-resolved") == 0
    assert {"entity:web-1:keepalive", "entity:web-1:web.http"} <= set(api.stored)
    assert all(name.startswith("entity:web-1:") and not name.endswith("*") for name in api.stored)
    assert silence(api, "checkout", "1h", "--why", "x", "--until-resolved") == 0
    assert silence(api, "web-1", "checkout", "--cancel") == 0
    assert api.stored == {}


def test_silence_beyond_the_limit_of_the_backend(api: Silences, capsys: pytest.CaptureFixture[str]) -> None:
    assert silence(api, "web-1", "3d", "--why", "x") == 2
    assert "allows no silence that ends so late: choose an earlier end" in capsys.readouterr().err
    assert api.stored == {}


def test_dry_run_prints_resources_for_sensuctl(api: Silences, capsys: pytest.CaptureFixture[str]) -> None:
    assert silence(api, "web-1", "1h", "--why", "x", "--dry-run") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["type"], found["api_version"]) == ("Silenced", "core/v2")
    assert found["metadata"] == {"name": "entity:web-1:*", "namespace": "production"}
    assert found["spec"]["expire"] == 3_600
    assert api.stored == {}


WRONG = {
    "typo": (("wbe-1", "1h", "--why", "x"), "production has no role, host or watch 'wbe-1', did you mean web-1"),
    "no reason": (("web-1", "1h"), "give the reason in a few words"),
    "no duration": (("web-1", "web-2", "--why", "x"), "'web-2' is neither a duration nor a time"),
    "no target": (("1h", "--why", "x"), "name TARGET and DURATION"),
    "nothing to cancel": (("web-1", "--cancel"), "Sensu has no silence of these targets"),
    "cancel what": (("--cancel",), "name the TARGETs whose silences --cancel deletes"),
    "business service": (("role:checkout", "1h", "--why", "x"), "production has no role 'checkout'"),
    "service of Nagios": (("web-1/nrpe", "1h", "--why", "x"), "Sensu has no check nrpe on web-1"),
}


@pytest.mark.parametrize(("words", "message"), WRONG.values(), ids=WRONG)
def test_mistake_is_one_sentence(
    words: tuple[str, ...], message: str, api: Silences, capsys: pytest.CaptureFixture[str]
) -> None:
    assert silence(api, *words) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert (printed.out, api.stored) == ("", {})


def test_wrong_key_and_deaf_server(
    api: Silences, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    api.deaf = True
    assert silence(api, "web-1", "1h", "--why", "x") == 1
    assert "does not show entity:web-1:*" in capsys.readouterr().err
    monkeypatch.setenv("CHECKWRIGHT_SENSU_KEY", "other")
    assert silence(api, "web-1", "1h", "--why", "x") == 2
    error = capsys.readouterr().err
    assert "answers 401: name another API key that may change silences, by --sensu-key FILE" in error
    assert "other " not in error.replace("another", "")
