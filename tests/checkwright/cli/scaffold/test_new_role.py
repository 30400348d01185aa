"""Roles to copy: each is a fleet module that lints and compiles as it is."""

from pathlib import Path

import pytest

from checkwright.cli.main import run
from checkwright.cli.scaffold.new_project import project_files
from checkwright.cli.scaffold.new_role import owned_role_file, role_file, role_names, teams_of

ENVIRONMENT = """\
from checkwright.registry.model import Environment, Host, Site

from copied.fleet import {name} as copied

production = Environment(
    "production",
    site=Site(transport="nrpe"),
    hosts=(
        Host("one", "10.0.0.1", roles=(copied.{name},)),
        Host("two", "10.0.0.2", roles=(copied.{name},)),
    ),
)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "copied"
    for path, text in project_files("copied").items():
        if path.endswith(".py") and not path.startswith("fleet/"):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
    (folder / "fleet").mkdir()
    (folder / "fleet/__init__.py").write_text("")
    return folder


@pytest.mark.parametrize("name", role_names())
def test_role_lints_and_compiles(name: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / f"fleet/{name}.py").write_text(role_file(name))
    (project / "fleet/environments.py").write_text(ENVIRONMENT.format(name=name))
    words = ["--project", str(project)]
    for command in (["lint", "--no-mypy"], ["nagios", "build", "production", "--out", str(project / "build")]):
        assert run([*words, *command]) == 0, capsys.readouterr()
    text = "".join(path.read_text() for path in (project / "build").rglob("*.cfg"))
    watches = role_file(name).count("Watch(")
    assert text.count("define service {") >= watches


def test_one_machine_may_have_all_roles(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = role_names()
    team = 'from checkwright.registry.model import Team\n\nweb = Team("web", email="web@example.com")\n'
    (project / "fleet/teams.py").write_text(team)
    for name in names:
        text = owned_role_file(name, "copied", teams_of(project / "fleet"), "web")
        (project / f"fleet/{name}.py").write_text(text)
    roles = ", ".join(f"{name}.{name}" for name in names)
    text = ENVIRONMENT.replace("import {name} as copied", f"import {', '.join(names)}").replace("copied.{name}", roles)
    (project / "fleet/environments.py").write_text(text)
    assert run(["--project", str(project), "lint", "--no-mypy"]) == 0, capsys.readouterr()


def test_unknown_role() -> None:
    with pytest.raises(KeyError):
        role_file("none")
