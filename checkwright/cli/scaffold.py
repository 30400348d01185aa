"""The files that a new project and a new check begin with. They work as they are, and are there to be changed."""

from __future__ import annotations

import re
import sys
from importlib.machinery import PathFinder
from keyword import iskeyword
from pathlib import Path

from checkwright.core.catalog import find
from checkwright.core.errors import Down
from checkwright.core.projects import PACKAGES

_CHECK_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*")

_PROJECT = {
    "__init__.py": '''"""What {name} watches, and its own checks."""
''',
    "plugins/__init__.py": '''"""Checks of our own: one file, one class."""
''',
    "fleet/platform.py": '''"""Platform: what every machine has."""

from checkwright.registry.model import Role, Team, Watch
from checks.system.disk import Disk
from checks.system.load import Load

platform = Team("platform", email="platform@example.com")

linux = Role(
    "linux",
    summary="What every machine has, whatever else it does",
    owner=platform,
    runbook="https://runbooks.example.com/linux/",
    watches=(
        Watch(Disk(paths=("/",)), Disk.space.at(warn=80, crit=90)),
        Watch(Load(), every="5m", notify="office-hours"),
    ),
)
''',
    "fleet/environments.py": '''"""Where the roles run, and what each environment changes."""

from checkwright.registry.model import Environment, Host, Override, Site

from {name}.fleet import platform

dev = Environment(
    "dev",
    site=Site(transport="local"),
    hosts=(Host("localhost", "127.0.0.1", roles=(platform.linux,)),),
    overrides=(Override(notify="nobody", why="nobody is woken for a developer's machine"),),
)
''',
}

_CHECK = '''"""{words}: is it well, and is anything piling up?"""

from checkwright import Check, Metrics, gauge, option, uses, verdict
from checkwright.sources.http import Http


class {kind}(Check):
    """What {words} says of itself in its health document.

    No answer is CRITICAL: it does not work. An answer without the expected
    fields is UNKNOWN: somebody changed the document, and this check with it.
    """

    http = uses(Http)

    url: str = option("Health document", example="https://{host}.example.com/health")

    status = verdict("Own verdict", ok=["up"], warn=["degraded"])
    waiting = gauge("Jobs waiting", warn=100, crit=500)

    def probe(self) -> Metrics:
        health = self.http.get(self.url).json()
        yield self.status(health.text("status"))
        yield self.waiting(health.number("jobs.waiting"))
'''

_TEST = '''"""{words}: cases as Nagios would run them, against answers that say what we want."""

import pytest
from checkwright import Down
from checkwright.testing import Golden, assert_conforms, run
from checkwright.testing.fakes import FakeHttp

from {project}.plugins.{name} import {kind}

WEB = FakeHttp(
    {{
        "http://well.test/": {{"status": "up", "jobs": {{"waiting": 3}}}},
        "http://slow.test/": {{"status": "degraded", "jobs": {{"waiting": 120}}}},
        "http://down.test/": Down("http://down.test/: connection refused"),
        "http://other.test/": {{"status": "up"}},
    }}
)

CASES = {{
    "all is well": ("--url http://well.test/", "OK"),
    "degraded": ("--url http://slow.test/", "WARNING"),
    "no answer": ("--url http://down.test/", "CRITICAL"),
    "another document": ("--url http://other.test/", "UNKNOWN"),
}}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_{name}(command_line: str, state: str, golden: Golden) -> None:
    outcome = run({kind}, command_line, WEB)
    assert outcome.state == state
    golden(outcome)


def test_it_answers_as_a_plugin_should() -> None:
    assert_conforms({kind})
'''

#: The same answers and cases as in the test, for its first goldens.
_WEB: dict[str, Down | dict[str, object]] = {
    "http://well.test/": {"status": "up", "jobs": {"waiting": 3}},
    "http://slow.test/": {"status": "degraded", "jobs": {"waiting": 120}},
    "http://down.test/": Down("http://down.test/: connection refused"),
    "http://other.test/": {"status": "up"},
}
_CASES = {
    "all is well": "http://well.test/",
    "degraded": "http://slow.test/",
    "no answer": "http://down.test/",
    "another document": "http://other.test/",
}


def project_files(name: str) -> dict[str, str]:
    """The files of a new project, by path in its folder."""
    return {path: text.replace("{name}", name) for path, text in _PROJECT.items()}


def project_name_fault(name: str) -> str:
    """Why this cannot be a project's name, or nothing."""
    taken = iskeyword(name) or name in sys.stdlib_module_names or name in PACKAGES
    if taken or not name.isidentifier():
        return f"{name!r} cannot be a project: it is a Python package, so name it like one, say shop."
    found = PathFinder.find_spec(name)
    if found is not None and found.origin:
        return f"{name!r} cannot be a project: a package of that name is installed ({found.origin}); take another."
    return ""


def check_name_fault(name: str) -> str:
    """Why this cannot be a check's name, or nothing."""
    if iskeyword(name):
        return "it is a word of Python itself"
    if _CHECK_NAME.fullmatch(name):
        return ""
    return "write it as a Python module: small letters, digits and single underscores, beginning with a letter"


def check_files(name: str, project: str) -> dict[str, str]:
    """A new check and its test, by path in the project."""
    words = {
        "name": name,
        "kind": "".join(part.capitalize() for part in name.split("_")),
        "words": name.replace("_", " ").capitalize(),
        "host": name.replace("_", "-"),
        "project": project,
    }
    return {f"plugins/{name}.py": _CHECK.format(**words), f"tests/test_{name}.py": _TEST.format(**words)}


def goldens_of(name: str, project: Path) -> dict[str, str]:
    """The first goldens of a check that `check_files` made and that is now there, by path in the project."""
    from checkwright.testing import run
    from checkwright.testing.fakes import FakeHttp
    from checkwright.testing.golden import golden_text
    from checkwright.testing.transcript import render

    kind = find(name, str(project))
    texts = {case: golden_text(run(kind, ["--url", url], FakeHttp(_WEB))) for case, url in _CASES.items()}
    return {f"tests/goldens/{name}.txt": render(texts)}
