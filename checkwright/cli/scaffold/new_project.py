"""Files of a new project: a fleet that works on this machine, and settings for git, GitHub and pre-commit."""

from __future__ import annotations

from importlib.metadata import version
from string import Template

_FILES = {
    "__init__.py": '''"""Checks of $name, and the fleet that they watch."""
''',
    "plugins/__init__.py": '''"""Checks of this project: one file, one class."""
''',
    "fleet/platform.py": '''"""Platform: the role that every machine has."""

from checks.system.disk import Disk
from checks.system.load import Load
from checkwright.registry.model import Role, Team, Watch

platform = Team("platform", email="platform@example.com")

linux = Role(
    "linux",
    summary="Any machine, whatever else it does",
    owner=platform,
    runbook="https://runbooks.example.com/linux/",
    watches=(
        Watch(Disk(paths=("/",)), Disk.space.at(warn=80, crit=90)),
        Watch(Load(), every="5m", notify="office-hours"),
    ),
)
''',
    "fleet/environments.py": '''"""Environments: their hosts, and the values that they override."""

from checkwright.registry.model import Environment, Host, Override, Site

from $name.fleet import platform

dev = Environment(
    "dev",
    site=Site(transport="local"),
    hosts=(Host("localhost", "127.0.0.1", roles=(platform.linux,)),),
    overrides=(Override(notify="nobody", why="a developer's machine wakes nobody"),),
)
''',
    ".gitignore": """\
__pycache__/
.mypy_cache/
.pytest_cache/
.venv/
build/
""",
    # The folder of a checkout need not be a Python name, and the project is a package: hence `path`.
    ".github/workflows/checks.yml": """\
# Lints and tests the project on each push and pull request.
name: checks
on: [push, pull_request]
permissions:
  contents: read
jobs:
  checks:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          path: $name  # the name of the package, whatever the repository is called
          fetch-depth: 0  # changes needs the commit where both branches parted
      - uses: actions/setup-python@v5
        with:
          python-version: "3.11"
      # Until checkwright is on PyPI, name your wheel here: pip install './checkwright-$version-py3-none-any.whl[tools]'
      - run: pip install 'checkwright[tools]' pytest mypy
      # Findings become annotations of the changed lines.
      - run: checkctl lint --project $name --format github
      - run: python -m pytest --import-mode=importlib $name
        if: hashFiles('$name/tests/**') != ''
      # The monitoring that a pull request changes, and who is notified more or less.
      - run: >-
          checkctl --project $name changes "origin/$$GITHUB_BASE_REF...HEAD" --format markdown
          >> "$$GITHUB_STEP_SUMMARY"
        if: github.event_name == 'pull_request'
""",
    ".pre-commit-config.yaml": """\
# Runs before each commit once `pre-commit install` was run in the repository.
repos:
  - repo: https://github.com/checkwright/checkwright  # or your copy of it
    rev: v$version
    hooks:
      - id: checkctl-lint
        args: [--project, .]  # the project's folder, from the root of the repository
""",
}


def project_files(name: str) -> dict[str, str]:
    """Return the files of a new project by their paths in its folder."""
    words = {"name": name, "version": version("checkwright")}
    return {path: Template(text).substitute(words) for path, text in _FILES.items()}
