"""Project of two hosts with watches that fail, and a Nagios that runs its build a sixtieth as slowly."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import pytest

from checkwright.registry.plan import Plan
from checkwright.registry.planning import plan
from nagios_cfg import render
from tests.support.nagios import Nagios, nagios, own, place, scratch

_STORE = """\
#!/bin/sh
# -s SUBJECT RECIPIENT: keeps the subject.
echo "$2" >> "$(dirname "$0")/sent"
"""


def write_project(folder: Path, extra: str = "", imports: str = "", engine: str = "nagios") -> Path:
    """Write a project below a folder. extra: further arguments of its environment.

    Each has a name of its own, since one process loads a package of a name once.
    """
    project = folder / f"night_{secrets.token_hex(4)}"
    text = f"""\
        from checkwright.registry.model import Environment, Host, HostCheck, Plugin, Role, Site, Team{imports}

        people = Team("people", email="people@example.com", page="pager")
        web = Role(
            "web",
            owner=people,
            watches=(
                Plugin("/usr/lib/nagios/plugins/check_dummy", "2", name="bad", every="1m", attempts=1, renotify="3m",
                       where="central"),
                Plugin("/usr/lib/nagios/plugins/check_dummy", "0", name="fine", every="1m", where="central"),
            ),
        )
        cache = Role(
            "cache",
            owner=people,
            watches=(Plugin("/usr/lib/nagios/plugins/check_dummy", "1", name="cache", every="1m", where="central"),),
        )
        production = Environment(
            "production",
            site=Site(engine="{engine}", mail="{folder}/store", page="{folder}/store"),
            hosts=(
                Host("router", "127.0.0.1"),
                Host("web03.example.com", "127.0.0.1", roles=(web,), parents=("router",)),
                Host("db-1", "127.0.0.1", roles=(cache,)),
            ),
            host_checks=(HostCheck("none", why="a test"),),
            {extra}
        )
    """
    place(folder / "store", _STORE, mode=0o755)
    place(project / "fleet/all.py", dedent(text))
    return project


#: Engines that the tests run, one after the other.
ENGINES = ("nagios", "naemon")


@contextmanager
def running_night(extra: str = "", imports: str = "", engine: str = "nagios") -> Iterator[tuple[Nagios, Path, Plan]]:
    """Run an engine with the project's build, with seconds in place of minutes. Yields it, the project and the plan.

    Naemon needs the folder in CHECKWRIGHT_NAEMON; without it the test is skipped.
    """
    naemon = ""
    if engine == "naemon":
        if not os.environ.get("CHECKWRIGHT_NAEMON"):
            pytest.skip("no Naemon: name its folder, with bin/naemon, by CHECKWRIGHT_NAEMON")
        naemon = os.path.join(os.environ["CHECKWRIGHT_NAEMON"], "bin/naemon")
    with scratch() as folder:
        project = write_project(folder, extra, imports, engine)
        made = plan(str(project), "production").plan
        own(folder)
        texts = {path: text for path, text in render(made).items() if path.startswith("nagios/")}
        objects = {path.removeprefix("nagios/"): text for path, text in texts.items()}
        with nagios(objects, naemon=naemon, interval_length="1", retain_state_information="1") as running:
            yield running, project, made


def sent(project: Path) -> list[str]:
    """Return the subjects of all notifications so far."""
    file = project.parent / "sent"
    return file.read_text().splitlines() if file.exists() else []
