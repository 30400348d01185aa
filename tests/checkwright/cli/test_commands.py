"""Commands of checkctl, run on a project that checkctl init made."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import NamedTuple

import pytest

from checkwright.cli.main import run
from checkwright.cli.scaffold.new_role import role_names
from checkwright.registry import plan_json
from checkwright.testing import transcript
from tests.support.installed import ROOT


class Answer(NamedTuple):
    code: int
    out: str
    err: str


Ctl = Callable[..., Answer]


@pytest.fixture
def ctl(capsys: pytest.CaptureFixture[str]) -> Ctl:
    """Return a function that runs checkctl. No module of the project is loaded then, as in a new process."""

    def call(*words: str | Path) -> Answer:
        _forget("acme")
        capsys.readouterr()
        code = run([str(word) for word in words])
        output = capsys.readouterr()
        return Answer(code, output.out, output.err)

    return call


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ctl: Ctl) -> Path:
    """Return a project that `init` made. It is the current folder."""
    folder = tmp_path / "acme"
    assert ctl("init", folder).code == 0
    monkeypatch.chdir(folder)
    monkeypatch.delenv("CHECKS_PROJECT", raising=False)
    return folder


def _forget(package: str) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_new_project_lints_and_builds(project: Path, ctl: Ctl, tmp_path: Path) -> None:
    linted = ctl("lint", "--no-mypy")
    assert (linted.code, linted.out) == (0, "")
    assert "nothing found" in linted.err
    assert ctl("nagios", "build", "dev", "--out", tmp_path / "nagios").code == 0
    assert (tmp_path / "nagios/main.cfg").exists()
    agents = tmp_path / "agents"
    assert ctl("sensu", "build", "dev", "--out", tmp_path / "dev.yaml", "--agents", agents).code == 0
    assert [path.name for path in agents.rglob("*.yml")] == ["localhost.agent.yml"]
    assert (tmp_path / "dev.yaml").read_text(encoding="utf-8").startswith("---\n")
    assert ctl("sensu", "validate", tmp_path / "dev.yaml").code == 0
    assert ctl("nagios", "verify", "dev").code == 0


def test_init_refuses_a_folder_that_is_not_empty(tmp_path: Path, ctl: Ctl) -> None:
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme/README.md").write_text("mine\n", encoding="utf-8")
    refused = ctl("init", tmp_path / "acme")
    assert refused.code == 2
    assert "exists and is not empty; nothing was changed" in refused.err


@pytest.mark.parametrize("name", ["not-a-package", "json", "checks", "class-room", "class", "requests"])
def test_init_refuses_a_name_that_no_project_can_have(tmp_path: Path, ctl: Ctl, name: str) -> None:
    refused = ctl("init", tmp_path / name)
    assert refused.code == 2
    assert "cannot be a project" in refused.err
    assert not (tmp_path / name).exists()


def test_init_writes_what_git_github_and_pre_commit_need(tmp_path: Path, ctl: Ctl) -> None:
    begun = ctl("init", tmp_path / "acme")
    for path in (".gitignore", ".github/workflows/checks.yml", ".pre-commit-config.yaml"):
        assert (tmp_path / "acme" / path).is_file()
        assert f"{tmp_path}/acme/{path}" in begun.out.splitlines()
    assert "move" not in begun.err
    (tmp_path / ".git").mkdir()
    nested = ctl("init", tmp_path / "nested")
    assert f"move .github and .pre-commit-config.yaml to {tmp_path}, and name {tmp_path}/nested in them" in nested.err


def test_init_quotes_the_path_in_the_next_command(tmp_path: Path, ctl: Ctl) -> None:
    begun = ctl("init", tmp_path / "our things/acme")
    assert f"--project '{tmp_path}/our things/acme' try dev" in begun.err


def test_list_is_grouped_and_searched(project: Path, ctl: Ctl) -> None:
    lines = ctl("list").out.splitlines()
    (position,) = [number for number, line in enumerate(lines) if line.split()[:2] == ["redis", "redis"]]
    assert lines[position + 1].split()[0] == "redis_sentinel"
    assert [line.split()[0] for line in ctl("list", "sentinel").out.splitlines()[1:]] == ["redis"]
    found = json.loads(ctl("list", "valkey", "quorum", "--json").out)
    assert [one["name"] for one in found] == ["redis_sentinel"]
    missed = ctl("list", "postgrsql")
    assert missed.code != 0 and "did you mean postgresql" in missed.err


def test_every_role_to_copy_fits_a_machine_with_the_basic_one(project: Path, ctl: Ctl) -> None:
    environments = project / "fleet/environments.py"
    for role in ("puppet_linux", *(name for name in role_names() if name != "puppet_linux")):
        made = ctl("new", "--role", role, "--no-mypy")
        assert made.code == 0, made.err
        assert f"roles=({role}.{role},)" in made.err
        before = environments.read_text(encoding="utf-8")
        modules, roles = f"{role}, puppet_linux", f"{role}.{role}, puppet_linux.puppet_linux"
        if role == "puppet_linux":
            modules, roles = role, f"{role}.{role}"
        replace(environments, "from acme.fleet import platform", f"from acme.fleet import {modules}")
        replace(environments, "roles=(platform.linux,", f"roles=({roles},")
        linted = ctl("lint", "--no-mypy")
        assert linted.code == 0, linted.out
        environments.write_text(before, encoding="utf-8")
    assert "postgresql.py exists already" in ctl("new", "--role", "postgresql", "--no-mypy").err


@pytest.mark.slow
def test_roles_to_copy_pass_strict_mypy(project: Path, ctl: Ctl) -> None:
    pytest.importorskip("mypy")
    for role in role_names()[:-1]:
        assert ctl("new", "--role", role, "--no-mypy").code == 0
    made = ctl("new", "--role", role_names()[-1])
    assert made.code == 0, made.err


def test_owner_of_a_role_to_copy(project: Path, ctl: Ctl) -> None:
    fleet = project / "fleet"
    assert ctl("new", "--role", "redis", "--no-mypy").code == 0
    text = (fleet / "redis.py").read_text(encoding="utf-8")
    assert "from acme.fleet.platform import platform\n" in text and "owner=platform," in text and "Team" not in text
    replace(fleet / "platform.py", "platform = Team(", 'sql = Team("sql", email="s@example.com")\nplatform = Team(')
    assert "The fleet has no team 'shop', only sql, platform" in ctl("new", "--role", "mysql", "--owner", "shop").err
    assert ctl("new", "--role", "mysql", "--owner", "sql", "--no-mypy").code == 0
    assert "owner=sql," in (fleet / "mysql.py").read_text(encoding="utf-8")
    assert ctl("new", "--role", "postgresql", "--no-mypy").code == 0
    assert 'data = Team("data"' in (fleet / "postgresql.py").read_text(encoding="utf-8")
    replace(fleet / "postgresql.py", 'data = Team("data"', 'rabbitmq = Team("queues"')
    assert ctl("new", "--role", "rabbitmq", "--owner", "queues", "--no-mypy").code == 1  # `data` is gone
    text = (fleet / "rabbitmq.py").read_text(encoding="utf-8")
    assert "from acme.fleet.postgresql import rabbitmq as owner\n" in text and "owner=owner," in text


def test_bad_words_for_a_role(project: Path, ctl: Ctl) -> None:
    assert "leave out NAME and --library" in ctl("new", "x", "--role", "redis").err
    assert "give --role too" in ctl("new", "x", "--owner", "data").err
    assert "or choose a role with --role" in ctl("new").err


def test_new_check_is_found_and_linted(project: Path, ctl: Ctl) -> None:
    made = ctl("new", "parcels", "--no-mypy")
    assert made.code == 0, made.err
    assert "nothing found" in made.err
    assert "parcels" in ctl("list").out
    assert "usage: check parcels -u, --url URL" in ctl("show", "parcels").out
    golden = transcript.read(project / "tests/goldens/parcels.txt")
    assert list(golden) == ["all is well", "degraded", "too many jobs wait", "no answer", "unknown format"]


def test_new_check_prints_the_watch_to_paste(project: Path, ctl: Ctl) -> None:
    made = ctl("new", "parcels", "--no-mypy")
    assert "\nfrom acme.plugins.parcels import Parcels\n" in made.out
    watch = 'Watch(Parcels(url="https://parcels.example.com/status"), Parcels.waiting.at(warn=100, crit=500)),'
    assert watch in made.out.splitlines()
    assert "into watches= of a role" in made.err
    platform = project / "fleet/platform.py"
    replace(platform, "from checks.system.disk", "from acme.plugins.parcels import Parcels\nfrom checks.system.disk")
    replace(platform, "        Watch(Load()", f"        {watch}\n        Watch(Load()")
    assert ctl("lint", "--no-mypy").code == 0


def test_new_check_without_pytest_says_how_to_get_golden_files(
    project: Path, ctl: Ctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checkwright.cli.scaffold.first_goldens.find_spec", lambda _: None)
    made = ctl("new", "parcels", "--no-mypy")
    assert made.code == 0
    assert "--update-goldens" in made.err
    assert not (project / "tests/goldens").exists()


@pytest.mark.slow
def test_new_check_passes_its_tests_and_strict_mypy(project: Path, ctl: Ctl) -> None:
    pytest.importorskip("mypy")
    assert ctl("new", "parcels", "--no-mypy").code == 0
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    pytest_words = ["pytest", "-q", "-p", "no:cacheprovider", "-p", "checkwright.testing.plugin", "acme"]
    mypy_words = ["mypy", "--strict", "--explicit-package-bases", "--cache-dir", os.devnull, "acme"]
    for words in (pytest_words, mypy_words):
        command = [sys.executable, "-m", *words]
        answer = subprocess.run(command, cwd=project.parent, env=environment, capture_output=True, text=True)
        assert answer.returncode == 0, answer.stdout


@pytest.mark.slow
def test_lint_reads_types_for_a_user_without_a_home(project: Path, ctl: Ctl, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mypy")
    monkeypatch.setenv("XDG_CACHE_HOME", f"{os.devnull}/none")
    linted = ctl("lint")
    assert (linted.code, linted.out) == (0, "")
    assert "mypy; nothing found" in linted.err


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Mail-Queue", "cannot be a check"),
        ("disk", "There is a check 'disk'"),
        ("a__b", "cannot be a check"),
        ("lambda", "'lambda' cannot be a check: it is a keyword of Python"),
    ],
)
def test_new_check_needs_an_unused_valid_name(project: Path, ctl: Ctl, name: str, why: str) -> None:
    refused = ctl("new", name)
    assert refused.code == 2
    assert why in refused.err
    assert not (project / "tests").exists()


def test_list_prints_json(project: Path, ctl: Ctl) -> None:
    listed = json.loads(ctl("list", "--json").out)
    (disk,) = [one for one in listed if one["name"] == "disk"]
    assert disk["family"] == "system"
    assert disk["summary"] == "Space and inodes of mounted filesystems."
    assert Path(disk["file"]).name == "disk.py"


def test_list_includes_a_broken_file(project: Path, ctl: Ctl) -> None:
    (project / "plugins/broken.py").write_text("def (", encoding="utf-8")
    assert "cannot be read: invalid syntax" in ctl("list").out


def test_show_prints_json(ctl: Ctl) -> None:
    declared = json.loads(ctl("show", "dummy", "--json").out)
    assert declared["name"] == "dummy"
    assert [option["flags"] for option in declared["options"]] == [["--value"], ["--state"], ["--text"]]
    assert declared["options"][1]["choices"] == ["ok", "warning", "critical", "unknown"]


def test_show_suggests_a_similar_name(ctl: Ctl) -> None:
    refused = ctl("show", "dissk")
    assert refused.code == 2
    assert "did you mean disk" in refused.err


def test_plan_is_readable_by_generators(project: Path, ctl: Ctl, tmp_path: Path) -> None:
    assert ctl("plan", "dev", "--out", tmp_path / "dev.json").code == 0
    plan = plan_json.loads((tmp_path / "dev.json").read_text(encoding="utf-8"))
    assert [entry.id for entry in plan.entries] == ["linux:disk", "linux:load"]
    assert plan_json.loads(ctl("plan", "dev").out) == plan


def test_explain_names_the_origin_of_each_value(project: Path, ctl: Ctl) -> None:
    explained = ctl("explain", "dev", "localhost", "disk").out
    rows = {line.partition("  ")[0]: line for line in explained.splitlines()}
    assert "acme/fleet/platform.py:15" in rows["space"]
    assert "warning 80, critical 90" in rows["space"]
    assert "acme/fleet/environments.py:11" in rows["notify"]
    assert "a developer's machine wakes nobody" in rows["notify"]
    assert "default" in rows["every"]
    assert " site " in rows["transport"]
    assert "acme/fleet/environments.py" in rows["transport"]
    assert "/opt/checkwright/bin/check disk" in explained


def test_a_size_reads_the_same_in_explain_and_in_generated_files(project: Path, ctl: Ctl, tmp_path: Path) -> None:
    fleet = project / "fleet/platform.py"
    replace(fleet, "Disk(", 'Disk(min_free="512M", ')
    assert ctl("lint", "--no-mypy").code == 0
    explained = ctl("explain", "dev", "localhost", "disk").out
    (row,) = [line for line in explained.splitlines() if line.startswith("option min_free")]
    assert row.split()[2:4] == ["512M", "watch"]
    assert ctl("nagios", "build", "dev", "--out", tmp_path / "nagios").code == 0
    built = "".join(file.read_text(encoding="utf-8") for file in (tmp_path / "nagios").rglob("*.cfg"))
    assert "disk --min-free 512M " in built
    assert ctl("sensu", "build", "dev", "--out", tmp_path / "dev.yaml").code == 0
    assert " --min-free 512M " in (tmp_path / "dev.yaml").read_text(encoding="utf-8")
    replace(fleet, "512M", "512X")
    refused = ctl("lint", "--no-mypy")
    assert refused.code == 1
    assert "Disk.min_free '512X' is not a size: write bytes, or a number with K, M, G or T" in refused.out
    number = next(at for at, line in enumerate(fleet.read_text(encoding="utf-8").splitlines(), 1) if "512X" in line)
    assert f"acme/fleet/platform.py:{number}: error R001" in refused.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("lint", "--no-mpy"), "checkctl lint: There is no option --no-mpy, did you mean --no-mypy. See --help.\n"),
        (("--projct", "x"), "checkctl: There is no option --projct, did you mean --project. See --help.\n"),
        (("plan", "--zzz"), "checkctl plan: There is no option --zzz. See --help.\n"),
        (("nagios", "bild"), "checkctl nagios: There is no command 'bild', did you mean build. See --help.\n"),
    ],
)
def test_unknown_words_get_a_suggestion(ctl: Ctl, words: tuple[str, ...], message: str) -> None:
    refused = ctl(*words)
    assert (refused.code, refused.out, refused.err) == (2, "", message)


def test_explain_names_the_pool(ctl: Ctl) -> None:
    shop = ROOT / "examples/shop"
    for check, how in (("http", "run in"), ("disk", "queried over NRPE from")):
        output = ctl("--project", shop, "explain", "production", "web-aws-1", check).out
        assert f"\n{how} the pool aws (shop/fleet/environments.py:" in output
        assert "by checks-aws-1, checks-aws-2 on the queue aws.production\n" in output
        (explained,) = json.loads(ctl("--project", shop, "explain", "production", "web-aws-1", check, "--json").out)
        assert explained["pool"] == "aws"
    assert "pool" not in ctl("--project", shop, "explain", "production", "web-1", "http").out


def test_explain_lists_only_the_ends_that_a_declaration_sets(project: Path, ctl: Ctl) -> None:
    replace(project / "fleet/platform.py", "Disk.space.at(warn=80, crit=90)", 'Disk.space.at("/srv", warn=85)')
    (explained,) = json.loads(ctl("explain", "dev", "localhost", "disk", "--json").out)
    values = {row["what"]: row["value"] for row in explained["values"]}
    assert values["space of /srv"] == "warning 85"
    assert values["space"] == "warning 80, critical 90"


def test_explain_and_exceptions_show_the_meaning_of_words(ctl: Ctl, tmp_path: Path) -> None:
    shop = copytree(ROOT / "examples/shop", tmp_path / "shop")
    replace(shop / "fleet/payments.py", 'every="30s",', 'Checkout.status.meaning(warn=("draining",)), every="30s",')
    words = 'Override(Checkout.status.meaning("api*", ok=("draining", "cold")), why="a test"),'
    file = shop / "fleet/environments.py"
    before, overrides, after = file.read_text(encoding="utf-8").rpartition("    overrides=(\n")
    file.write_text(f"{before}{overrides}        {words}\n{after}", encoding="utf-8")
    _forget("shop")
    explained = ctl("--project", shop, "explain", "production", "pay-1", "checkout").out
    rows = [" ".join(line.split()) for line in explained.splitlines() if line.startswith("status")]
    assert rows[0].startswith("status warning draining watch shop/fleet/payments.py:")
    assert rows[1].startswith("status of api* ok draining, cold override shop/fleet/environments.py:")
    assert rows[1].endswith("a test")
    assert "--status-warning draining --status-ok 'api*=draining' --status-ok 'api*=cold'" in explained
    listed = json.loads(ctl("--project", shop, "exceptions", "production", "--json").out)
    (own,) = [one for one in listed if one["why"] == "a test"]
    assert (own["what"], own["for"], own["owner"]) == ("status of api* ok draining, cold", "check checkout", "payments")
    _forget("shop")


def test_explain_prints_json(project: Path, ctl: Ctl) -> None:
    (explained,) = json.loads(ctl("explain", "dev", "localhost", "load", "--json").out)
    values = {value["what"]: value for value in explained["values"]}
    assert values["every"]["value"] == "5m"
    assert values["every"]["from"] == "watch"
    assert explained["command"][:2] == ["/opt/checkwright/bin/check", "load"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("explain", "dev", "localhots", "disk"), "did you mean localhost"),
        (("explain", "dev", "localhost", "disc"), "did you mean disk"),
        (("explain", "dew", "localhost", "disk"), "did you mean dev"),
        (("try", "dev", "elsewhere"), "has no host 'elsewhere'"),
        (("try", "dev", "localhots"), "did you mean localhost; it has localhost."),
        (("plan",), "Missing argument"),
        (("plam", "dev"), "did you mean plan"),
        (("plan", "dev", "--ouf", "x"), "--ouf"),
        (("sensu", "build", "dev"), "--out"),
        (("sensu", "validate", "/nowhere.json"), "Cannot read /nowhere.json"),
        (("--project", "/nowhere", "lint"), "/nowhere is not a folder"),
    ],
)
def test_wrong_usage_is_one_sentence(project: Path, ctl: Ctl, words: tuple[str, ...], why: str) -> None:
    refused = ctl(*words)
    assert refused.code == 2
    assert refused.out == ""
    assert why in refused.err
    assert refused.err.count("\n") == 1


def test_missing_project_names_the_command_that_makes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ctl: Ctl
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = ctl("lint")
    assert refused.code == 2
    assert "checkctl init DIR" in refused.err


def test_exceptions_lists_overrides(project: Path, ctl: Ctl) -> None:
    table = ctl("exceptions").out
    assert "notify nobody" in table
    (listed,) = json.loads(ctl("exceptions", "dev", "--json").out)
    assert listed == {
        "environment": "dev",
        "what": "notify nobody",
        "for": "everything",
        "owner": "platform",
        "until": "always",
        "why": "a developer's machine wakes nobody",
        "where": "acme/fleet/environments.py:11",
    }


def test_exceptions_marks_an_override_that_a_later_one_replaces(project: Path, ctl: Ctl) -> None:
    file = project / "fleet/environments.py"
    text = file.read_text(encoding="utf-8")
    changed = text.replace('nobody"),),', 'nobody"),\n        Override(notify="ticket", why="a later one"),),')
    assert changed != text
    file.write_text(changed, encoding="utf-8")
    first, second = json.loads(ctl("exceptions", "dev", "--json").out)
    assert first["what"] == f"notify nobody; no effect, replaced by {second['where']}"
    assert second["what"] == "notify ticket"


def test_exceptions_names_the_owners_of_the_selected_watches(ctl: Ctl) -> None:
    shop = ROOT / "examples/shop"
    listed = json.loads(ctl("--project", shop, "exceptions", "--json").out)
    owners = {(one["environment"], one["what"], one["for"]): one["owner"] for one in listed}
    assert owners["production", "pool warn 90", "check checkout"] == "payments"
    assert owners["staging", "switched off", "watch gearman"] == "platform"
    (everything,) = [owner for (name, _, scope), owner in owners.items() if (name, scope) == ("dev", "everything")]
    assert everything == "payments, platform, storefront"


def test_exceptions_of_a_fleet_with_errors(project: Path, ctl: Ctl) -> None:
    replace(project / "fleet/platform.py", "warn=80, crit=90", "warn=95, crit=90")
    (listed,) = json.loads(ctl("exceptions", "--json").out)
    assert listed["owner"] == "platform"


def test_exceptions_of_a_fleet_with_a_broken_inventory(project: Path, ctl: Ctl) -> None:
    replace(project / "fleet/environments.py", "    site=", '    inventory="gone.yaml",\n    site=')
    (listed,) = json.loads(ctl("exceptions", "--json").out)
    assert listed["owner"] == "all teams"


def test_lint_finds_duplicate_and_broken_checks(project: Path, ctl: Ctl) -> None:
    (project / "plugins/disk.py").write_text('"""Another disk."""\n', encoding="utf-8")
    (project / "plugins/broken.py").write_text("\n\nimport nothing_of_that_name\n", encoding="utf-8")
    linted = ctl("lint", "--no-mypy")
    assert linted.code == 1
    assert "acme/plugins/disk.py:1: error L001: there is another check 'disk'" in linted.out
    assert "acme/plugins/broken.py:3: error L002: cannot load the check in" in linted.out
    assert "should hold the check class Disk; a module that is not a check is called _NAME.py" in linted.out
    assert "No module named 'nothing_of_that_name'" in linted.out


def test_lint_finds_a_file_whose_name_no_check_can_have(project: Path, ctl: Ctl) -> None:
    (project / "plugins/mail-queue.py").write_text("", encoding="utf-8")
    linted = ctl("lint", "--no-mypy")
    assert linted.code == 1
    assert "acme/plugins/mail-queue.py:1: error L002: 'mail-queue' cannot be the name of a check" in linted.out


def test_lint_continues_after_a_check_that_exits(project: Path, ctl: Ctl) -> None:
    (project / "plugins/leaving.py").write_text("import sys\n\nsys.exit(0)\n", encoding="utf-8")
    linted = ctl("lint", "--no-mypy")
    assert linted.code == 1
    assert "leaving.py, line 3: SystemExit: 0" in linted.out
    assert "1 finding" in linted.err


def test_lint_finds_errors_in_the_registry(project: Path, ctl: Ctl) -> None:
    replace(project / "fleet/platform.py", "warn=80, crit=90", "warn=95, crit=90")
    found = ctl("lint", "--no-mypy", "--json")
    assert found.code == 1
    (finding,) = json.loads(found.out)
    assert finding["file"] == "acme/fleet/platform.py"
    assert finding["id"].startswith("R")


def test_expired_override_fails_lint_but_not_a_build(project: Path, ctl: Ctl) -> None:
    replace(project / "fleet/environments.py", "why=", 'until="2020-01-31", why=')
    linted = ctl("lint", "--no-mypy")
    assert linted.code == 1
    assert "acme/fleet/environments.py:11: error" in linted.out
    built = ctl("sensu", "build", "dev", "--out", "dev.json")
    assert built.code == 0
    assert "acme/fleet/environments.py:11: warning" in built.err
    assert "2020-01-31 (past)" in ctl("exceptions").out


def test_warnings_alone_let_a_project_pass(project: Path, ctl: Ctl) -> None:
    replace(project / "fleet/platform.py", '    runbook="https://runbooks.example.com/linux/",\n', "")
    linted = ctl("lint", "--no-mypy")
    assert linted.code == 0
    assert "acme/fleet/platform.py:9: warning R019" in linted.out


def test_lint_reports_errors_of_mypy(project: Path, ctl: Ctl) -> None:
    pytest.importorskip("mypy")
    (project / "plugins/_helper.py").write_text('number: int = "text"\n', encoding="utf-8")
    linted = ctl("lint")
    assert linted.code == 1
    assert "acme/plugins/_helper.py:1: error L003:" in linted.out
    assert "mypy" in linted.err.splitlines()[-1]


def test_lint_reports_a_mistake_once_that_mypy_finds_too(project: Path, ctl: Ctl) -> None:
    pytest.importorskip("mypy")
    replace(project / "fleet/platform.py", "Disk.space.at", "Load.load5.at")
    linted = ctl("lint")
    assert linted.code == 1
    (finding,) = linted.out.splitlines()
    assert finding.startswith("acme/fleet/platform.py:15: error R001: ")
    assert "mypy; 1 finding" in linted.err


def test_error_in_the_registry_stops_every_build(project: Path, ctl: Ctl, tmp_path: Path) -> None:
    replace(project / "fleet/environments.py", "notify=", "notfy=")
    for words in (
        ("nagios", "build", "dev", "--out", "out"),
        ("sensu", "build", "dev", "--out", "out"),
        ("plan", "dev"),
    ):
        refused = ctl(*words)
        assert refused.code == 1
        assert "acme/fleet/environments.py:11: error R001" in refused.err
        assert "did you mean notify" in refused.err
    assert not (project / "out").exists()


def test_try_ends_with_the_worst_state(project: Path, ctl: Ctl) -> None:
    platform = project / "fleet/platform.py"
    replace(platform, "from checks.system.load import Load", "from checks.meta.dummy import Dummy")
    replace(platform, 'Watch(Load(), every="5m"', 'Watch(Dummy(number=85.0), Dummy.value.at(warn=80), every="5m"')
    replace(platform, 'Watch(Disk(paths=("/",)), Disk.space.at(warn=80, crit=90)),', "")
    tried = ctl("try", "dev")
    assert tried.code == 1
    assert tried.out.startswith("WARNING   localhost  dummy: Value 85 (above 80)")
    (result,) = json.loads(ctl("try", "dev", "localhost", "--json").out)
    assert result["state"] == "WARNING"
    assert "value=85;80;;;" in result["output"]


def test_try_names_the_account_that_it_uses(project: Path, ctl: Ctl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checkwright.cli.commands.try_._account", lambda: "somebody")
    assert "run as" not in ctl("try", "dev").err
    replace(project / "fleet/platform.py", "        Watch(Load()", '        Watch(Load(), run_as="root"')
    assert "checks that run as root on their hosts ran as somebody here\n" in ctl("try", "dev").err


def test_try_names_this_machine_and_marks_watches_of_other_hosts(project: Path, ctl: Ctl) -> None:
    here = ctl("try", "dev")
    assert f"running the checks of dev on this machine, {socket.gethostname()}\n" in here.err
    assert "*" not in here.out + here.err
    for address in ("192.0.2.7", "web-7.example.com"):  # the first is reserved for documentation
        replace(project / "fleet/environments.py", 'Host("localhost", "127.0.0.1"', f'Host("web-7", "{address}"')
        elsewhere = ctl("try", "dev", "web-7")
        assert "  web-7  load*: " in elsewhere.out
        assert "* measured this machine; the real check runs on the host\n" in elsewhere.err
        results = json.loads(ctl("try", "dev", "--json").out)
        assert [result["elsewhere"] for result in results] == [True, True]
        replace(project / "fleet/environments.py", f'Host("web-7", "{address}"', 'Host("localhost", "127.0.0.1"')
    replace(project / "fleet/environments.py", "127.0.0.1", "192.0.2.7")
    replace(project / "fleet/platform.py", 'Watch(Load(), every="5m"', 'Watch(Load(), where="central", every="5m"')
    assert "  localhost  load: " in ctl("try", "dev").out  # runs on the monitoring server, wherever that is


def test_try_does_not_change_kept_state(
    project: Path, ctl: Ctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = tmp_path / "memory"
    memory.mkdir()
    monkeypatch.setenv("CHECKS_STATE_DIR", str(memory))
    platform = project / "fleet/platform.py"
    replace(platform, "from checks.system.load import Load", "from checks.system.cpu import Cpu")
    replace(platform, "Load()", "Cpu()")
    tried = ctl("try", "dev")
    assert " cpu: " in tried.out
    assert list(memory.iterdir()) == []


def test_try_runs_the_projects_own_checks(project: Path, ctl: Ctl) -> None:
    assert ctl("new", "parcels", "--no-mypy").code == 0
    platform = project / "fleet/platform.py"
    replace(platform, "from checks.system.load import Load", "from acme.plugins.parcels import Parcels")
    replace(platform, 'Watch(Load(), every="5m"', 'Watch(Parcels(url="http://127.0.0.1:1/"), every="5m"')
    tried = ctl("try", "dev", "localhost")
    assert tried.code == 2
    assert "parcels: GET http://127.0.0.1:1/: connection refused" in tried.out


def test_docs_contain_declaration_and_samples(project: Path, ctl: Ctl) -> None:
    assert ctl("new", "parcels", "--no-mypy").code == 0
    assert ctl("docs", "--check").code == 1
    assert ctl("docs").code == 0
    assert ctl("docs", "--check").code == 0
    page = (project / "docs/checks/parcels.md").read_text(encoding="utf-8")
    assert "| `waiting` | Jobs waiting |  | 100 | 500 | unknown |" in page
    assert "$ check parcels --url http://slow.test/" in page
    assert 'Watch(Parcels(url="https://parcels.example.com/status")' in page
    assert "parcels.md" in (project / "docs/checks/README.md").read_text(encoding="utf-8")


def test_explain_reports_a_switched_off_watch(project: Path, ctl: Ctl) -> None:
    replace(project / "fleet/environments.py", 'notify="nobody"', 'watch="disk", off=True')
    explained = ctl("explain", "dev", "localhost", "disk")
    assert explained.code == 0
    assert "disk is switched off on localhost in dev, by the override at acme/fleet/environments.py:11" in explained.out
    assert "a developer's machine wakes nobody" in explained.out
    (plain,) = json.loads(ctl("explain", "dev", "localhost", "disk", "--json").out)
    assert (plain["off"], plain["id"]) == (True, "linux:disk")
    assert "switched off" in ctl("exceptions").out


@pytest.mark.parametrize("group", [["nagios"], ["sensu"], ["sensu", "core1"]])
def test_help_of_a_group_has_whole_sentences(ctl: Ctl, group: list[str]) -> None:
    help_text = ctl(*group, "--help").out
    assert "Commands:" in help_text
    assert "..." not in help_text.partition("Commands:")[2]
