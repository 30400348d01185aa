"""`checkctl nagios diff`: a build against live files, and against another git revision."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from checkwright.cli.main import run
from tests.support.real import require


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project that `init` made, in a repository with one commit. It is the current folder."""
    folder = tmp_path / "work/acme"
    assert run(["init", str(folder)]) == 0
    monkeypatch.chdir(folder)
    monkeypatch.delenv("CHECKS_PROJECT", raising=False)
    git(folder.parent, "init", "--quiet")
    commit(folder)
    return folder


def forget() -> None:
    """Unload the project, as in a new process."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme"]:
        del sys.modules[name]


def git(folder: Path, *words: str) -> str:
    argv = [require("git", package="git"), "-c", "user.name=x", "-c", "user.email=x@example.com", *words]
    return subprocess.run(argv, cwd=folder, check=True, capture_output=True, text=True).stdout


def commit(folder: Path) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "state")
    return git(folder, "rev-parse", "HEAD").strip()


def diff(*words: str | Path) -> int:
    forget()
    return run(["nagios", "diff", "dev", *map(str, words)])


def edit(project: Path) -> None:
    """Watch a second machine in dev, and the load more often."""
    environments, platform = project / "fleet/environments.py", project / "fleet/platform.py"
    host = 'Host("localhost", "127.0.0.1", roles=(platform.linux,)),'
    for file, old, new in (
        (environments, host, host + host.replace("localhost", "second")),
        (platform, 'every="5m"', 'every="2m"'),
    ):
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")


def test_diff_against_live_files(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    live = tmp_path / "live"
    assert run(["nagios", "build", "dev", "--out", str(live)]) == 0
    capsys.readouterr()
    assert diff("--live", live, "--check") == 0
    assert capsys.readouterr().out == "nothing differs\n"
    edit(project)
    assert diff("--live", live / "nagios", "--check") == 1
    output = capsys.readouterr().out
    assert "+ host second" in output.splitlines()
    assert "check_interval  5 -> 2" in output
    assert "hosts: 1 gained, 0 lost\n  + second\n" in output
    assert "  + second: disk\n" in output
    assert diff("--live", live) == 0


def over_nrpe(project: Path) -> None:
    """Reach the machines by NRPE, and let one watch run as root."""
    for file, old, new in (
        (project / "fleet/environments.py", 'transport="local"', 'transport="nrpe"'),
        (project / "fleet/platform.py", 'every="5m"', 'every="5m", run_as="root"'),
    ):
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")


def test_diff_shows_a_threshold_behind_nrpe(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    over_nrpe(project)
    commit(project)
    live = tmp_path / "live"
    forget()
    assert run(["nagios", "build", "dev", "--out", str(live)]) == 0
    file = project / "fleet/platform.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("warn=80", "warn=60").replace('run_as="root"', 'run_as="nobody"'), encoding="utf-8")
    assert "warn=60" in file.read_text(encoding="utf-8")
    capsys.readouterr()
    for words in (("--against", "HEAD"), ("--live", live)):
        assert diff(*words, "--check") == 1
        output = capsys.readouterr().out
        assert "~ nrpe command linux.disk in roles/linux.cfg\n" in output
        assert "--space-warning 60" in output and "roles/linux " not in output
        assert "- sudoers line nagios ALL=(root) NOPASSWD: " in output
        assert "+ sudoers line nagios ALL=(nobody) NOPASSWD: " in output
        assert "services: 0 gained, 0 lost" in output
    assert diff("--live", live / "nagios", "--check") == 0
    assert "the files for NRPE, sudo and pools were not compared" in capsys.readouterr().err


def test_diff_prints_json(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    live = tmp_path / "live"
    assert run(["nagios", "build", "dev", "--out", str(live)]) == 0
    edit(project)
    capsys.readouterr()
    assert diff("--live", live, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["hosts"] == {"gained": ["second"], "lost": []}
    (load,) = (one for one in found["changes"] if one["kind"] == "service" and one["name"] == "load")
    assert load["what"] == "changed"
    assert load["settings"]["check_interval"] == ["5", "2"]


@pytest.mark.slow
def test_diff_against_a_revision(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = git(project, "rev-parse", "HEAD").strip()
    edit(project)
    capsys.readouterr()
    assert diff("--against", "HEAD", "--check") == 1
    assert "hosts: 1 gained, 0 lost" in capsys.readouterr().out
    second = commit(project)
    assert diff("--against", f"{second}..{first}") == 0
    assert "hosts: 0 gained, 1 lost" in capsys.readouterr().out
    assert diff("--against", "HEAD", "--check") == 0
    assert git(project, "status", "--porcelain") == ""


def test_diff_of_a_project_that_is_the_whole_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "acme"
    assert run(["init", str(folder)]) == 0
    monkeypatch.chdir(folder)
    git(folder, "init", "--quiet")
    commit(folder)
    capsys.readouterr()
    assert diff("--against", "HEAD", "--check") == 0
    assert capsys.readouterr().out == "nothing differs\n"


def test_diff_against_files_of_an_administrator(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live = tmp_path / "other.cfg"
    live.write_text(
        "define host {\nhost_name localhost\naddress 127.0.0.1\n}\n"
        "define command {\ncommand_name a\ncommand_line /a\n}\n"
        "define service {\nhost_name localhost\nservice_description users\ncheck_command a\n}\n",
        encoding="utf-8",
    )
    capsys.readouterr()
    assert diff("--live", live, "--check") == 1
    output = capsys.readouterr().out
    assert "services: 2 gained, 1 lost\n  + localhost: disk\n  + localhost: load\n  - localhost: users\n" in output


def test_broken_revision_is_one_sentence(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = project / "fleet/platform.py"
    fine = file.read_text(encoding="utf-8")
    file.write_text(fine.replace('every="5m"', 'every="soon"'), encoding="utf-8")
    commit(project)
    file.write_text(fine, encoding="utf-8")
    capsys.readouterr()
    assert diff("--against", "HEAD") == 2
    output = capsys.readouterr().err
    assert output.startswith("checkctl: dev has no plan at HEAD: acme/fleet/")
    assert "soon" in output


def test_bad_operands_are_one_sentence(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.cfg").write_text("define machine {\n\thost_name\tx\n}\n", encoding="utf-8")
    cases: dict[tuple[str, ...], str] = {
        (): "Name either --live DIR or --against REV.",
        ("--live", str(other), "--against", "HEAD"): "Name either --live DIR or --against REV.",
        ("--live", str(tmp_path / "absent")): "absent cannot be read: No such file or directory.",
        ("--live", str(other)): "other/x.cfg:1: Nagios has no kind of object 'machine'.",
        ("--against", "..HEAD"): "--against takes REV or OLD..NEW.",
        ("--against", "HEAD...HEAD"): "--against takes REV or OLD..NEW.",
        ("--against", "--output=x"): "there is no such revision.",
        ("--against", "absent"): "there is no such revision.",
    }
    capsys.readouterr()
    for words, why in cases.items():
        assert diff(*words) == 2, words
        output = capsys.readouterr().err
        assert why in output
        assert output.count("\n") == 1


@pytest.mark.parametrize(
    "words", [["nagios", "import", "LIVE", "--out", "new"], ["nagios", "diff", "dev", "--live", "LIVE"]]
)
def test_errors_of_a_live_configuration_are_one_a_line(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    live = project.parent / "live.cfg"
    live.write_text("define host {\nhost_name a\nuse nobody\n}\ndefine host {\nhost_name b\nuse nobody\n}\n")
    assert run([str(live) if word == "LIVE" else word for word in words]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(": ")[0] for line in lines[-3:]] == [f"{live}:1", f"{live}:5", "checkctl"]
    assert lines[-1] == "checkctl: the configuration of Nagios has the errors above: correct them first."
    assert not (project / "new").exists()
