"""Bad input to `checkctl sensu`: one sentence with file and line, and nothing is written."""

import gc
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from checkwright.cli.main import run
from tests.support.installed import ROOT

SHOP = ROOT / "examples/shop"
CHECK = """\
---
type: CheckConfig
api_version: core/v2
metadata:
  name: web.disk
spec:
  command: /bin/true
  interval: 60
  publish: true
  subscriptions: [web]
  timeout: 10
"""
#: Old text, new text, the line in the finding, and its message.
FILES = {
    "a field by hand": ("  timeout:", "  time_out:", 11, "spec has no field time_out (did you mean timeout?)"),
    "a name with a space": ("web.disk", "web disk", 5, 'metadata.name "web disk" has other characters than letters'),
    "interval and cron": ("  timeout", '  cron: "@daily"\n  timeout', 11, "interval and cron are both set"),
    "ttl below interval": ("  timeout", "  ttl: 30\n  timeout", 11, "ttl 30 must be greater than the interval 60"),
    "an unknown handler": (
        "  timeout",
        "  handlers: [pagr]\n  timeout",
        11,
        "names the Handler pagr, which no file defines",
    ),
    "a handler misspelt": (
        "  timeout",
        "  handlers: [tickt]\n  timeout",
        11,
        "names the Handler tickt, which no file defines: Sensu skips it (did you mean ticket?)",
    ),
    "an unknown hook": (
        "  timeout",
        "  check_hooks: [{ok: [ps]}]\n  timeout",
        11,
        "names the HookConfig ps, which no file",
    ),
    "a broken file": ("[web]", "[web", 11, "the YAML cannot be read"),
    "no YAML at all": ("---\n", "---\n\x01", 2, "it has the control character 0x01"),
}


@pytest.mark.parametrize("what", FILES)
def test_validate_finds_the_mistake_in_its_line(what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new, line, sentence = FILES[what]
    file = tmp_path / "checks.yaml"
    file.write_text(CHECK.replace(old, new, 1), encoding="utf-8")
    assert run(["sensu", "validate", str(file)]) == 1
    output = capsys.readouterr()
    (finding,) = [one for one in (output.out + output.err).splitlines() if one.startswith(str(file))]
    assert finding.startswith(f"{file}:{line}: ")
    assert sentence in finding
    assert sorted(tmp_path.iterdir()) == [file]


def test_asset_file_that_cannot_be_read_is_named_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "asset.json"
    file.write_text('{\n"type": oops\n', encoding="utf-8")
    out = tmp_path / "built.json"
    assert run(["sensu", "build", "dev", "--project", str(SHOP), "--out", str(out), "--asset", str(file)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"checkctl: {file}:2: the JSON cannot go on with 'o' here. ")
    assert error.count("\n") == 1
    assert not out.exists()


def test_validate_warns_of_handlers_of_levels_that_nobody_declares(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "checks.yaml"
    check = CHECK.replace("  timeout", "  handlers: [page, ticket]\n  timeout")
    file.write_text(check + "---\n" + check.replace("name: ", "name: a-second-", 1), encoding="utf-8")
    assert run(["sensu", "validate", str(file)]) == 0
    found = capsys.readouterr().out
    assert found.count("S113") == 2
    assert "and 1 more name the Handler page, which no file defines: nobody is notified without it" in found
    handler = 'type: Handler\napi_version: core/v2\nmetadata: {name: page}\nspec: {type: pipe, command: "true"}\n'
    file.write_text(f"{check}---\n{handler}", encoding="utf-8")
    assert run(["sensu", "validate", "--provided", "Handler/ticket", str(file)]) == 0
    assert "S113" not in capsys.readouterr().out


def test_provided_names_objects_of_the_backend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "checks.yaml"
    file.write_text(CHECK.replace("  timeout", "  handlers: [slack]\n  timeout"), encoding="utf-8")
    assert run(["sensu", "validate", "--provided", "Handler/slack", str(file)]) == 0
    assert run(["sensu", "validate", "--provided", "Mutator/slack", str(file)]) == 1
    assert "use --provided Handler/slack" in "".join(capsys.readouterr())
    for wrong in ("slack", "Handlr/slack", "Handler/"):
        assert run(["sensu", "validate", "--provided", wrong, str(file)]) == 2
        assert f"'{wrong}' is not TYPE/NAME, for example Handler/slack" in capsys.readouterr().err


#: Old text, new text in the shop's routes, and the finding.
REGISTRY = {
    "a repeat in words": ('repeat="2h"', 'repeat="often"', "error R001: Routes: repeat: 'often' is not a duration"),
    "a level without handlers": (
        "page=(pager,)",
        "page=()",
        "error S012: the routes of production have no handler for",
    ),
    "a relative program": ('"/opt/shop/bin/page"', '"page"', "error R001: Handler pager: the executable is 'page'"),
    "an unknown zone": ("Europe/Berlin", "Europe/Berlln", "error R001: Routes: time_zone is 'Europe/Berlln'"),
    "an unknown word": ("timeout=", "timout=", "error R001: Handler has no timout"),
    "a name with a space": ('"pager",', '"the pager",', "error R001: Handler 'the pager' is not a name"),
    "a variable of ours": ("PAGER_KEY_FILE", "CW_1", "error S011: the handler pager: the environment variable CW_1"),
}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "shop"
    shutil.copytree(SHOP, folder, ignore=shutil.ignore_patterns("__pycache__", "tests"))
    forget()
    yield folder
    forget()


def forget() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "shop"]:
        del sys.modules[name]


@pytest.mark.parametrize("what", REGISTRY)
def test_build_refuses_a_registry_that_sensu_cannot_express(
    what: str, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new, sentence = REGISTRY[what]
    routes = project / "fleet" / "notification_routes.py"
    text = routes.read_text(encoding="utf-8")
    assert old in text
    routes.write_text(text.replace(old, new, 1), encoding="utf-8")
    out = tmp_path / "out"
    for words in (["--out", str(out)], ["--by-kind", "--out", str(out)]):
        forget()
        assert run(["--project", str(project), "sensu", "build", "production", *words]) == 1
        output = capsys.readouterr()
        (finding,) = [line for line in (output.out + output.err).splitlines() if ": warning S02" not in line]
        assert re.match(r"shop/fleet/notification_routes\.py:\d+: ", finding)
        assert sentence in finding
        assert not out.exists()


def test_garbage_collection_resumes_after_a_refused_build(tmp_path: Path) -> None:
    words = ["--project", str(SHOP), "sensu", "build", "production", "--out", str(tmp_path / "built.json")]
    for further in ([], ["--agents", str(tmp_path / "agents"), "--central", "nobody"]):
        run([*words, *further])
        assert gc.isenabled()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--central", "mon-1"), "--central needs --agents, the folder for each machine's part of agent.yml."),
        (
            ("--agents", "agents", "--central", "nobody"),
            "nobody is not a host of production. A machine that only checks",
        ),
        (("--agents", "agents", "--central", "site.production"), "site.production runs no check of its own in"),
        (("--allow-lists",), "--allow-lists needs --agents"),
        (("--notify", "built.json"), "--notify is a file of its own, outside of --out and --agents."),
        (("--agents", "a", "--notify", "a/notify.json"), "--notify is a file of its own"),
        (("--notify", "notify.json"), "No team of production has channels, so --notify has nothing to write."),
    ],
)
def test_options_that_do_not_fit_together(
    words: tuple[str, ...],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["--project", str(SHOP), "sensu", "build", "production", "--out", "built.json", *words]) == 2
    assert sentence in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("agents", "sentence"),
    [
        ("file/agents", "file is not a folder; nothing was changed"),
        ("other", "other was not made by checkctl and is not empty"),
        (".", "--out and --agents are written separately"),
        ("built.json/agents", "--out and --agents are written separately"),
    ],
)
def test_bad_agents_folder_stops_every_write(
    agents: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("other").mkdir()
    Path("other/own").touch()
    before = sorted(tmp_path.rglob("*"))
    words = ["sensu", "build", "production", "--out", "built.json", "--agents", agents]
    assert run(["--project", str(SHOP), *words]) == 2
    assert sentence in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before
