"""Projects that a test writes."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

Write = Callable[..., Path]

#: A check of the project's own, with an option of each kind that the registry treats in its own way.
OVEN = '''\
"""A bakery's oven."""

from checkwright import BadUsage, Check, Metrics, Secret, gauge, option


class Oven(Check):
    """State of the oven, as its status document reports it.

    Nothing more.
    """

    url: str = option("Status document", default="https://oven.example.com/")
    port: int = option("Port", default=443)
    shelves: tuple[str, ...] = option("Shelf to measure", default=("top",))
    token: Secret | None = option("Bearer token", default=None)
    gas: bool = option("Burns gas", default=False)
    wood: bool = option("Burns wood", default=False)

    heat = gauge("Temperature", warn=250, crit=280)
    dough = gauge("Dough waiting", warn=10, crit=20, min=0)

    def validate(self) -> None:
        if self.gas and self.wood:
            raise BadUsage("--gas and --wood: an oven burns one of them")

    def probe(self) -> Metrics:
        yield self.heat(200)
'''

PRELUDE = """\
from checkwright import Secret
from checks.aws.sqs_backlog import SqsBacklog
from checks.heartbeat.heartbeat import Heartbeat
from checkwright.registry.model import Downtime, Environment, Escalation, Host, HostCheck, Hours
from checkwright.registry.model import Maintenance, Override, Plugin, Role, Site, Team, Watch, label
from checkwright.registry.model import Handler, Hook, Pool, Routes, SensuAgents, at_least
from checks.meta.dummy import Dummy
from checks.system.cpu import Cpu
from checks.system.disk import Disk
from checks.systemd.systemd_unit import SystemdUnit
from bakery.plugins.oven import Oven

bakers = Team("bakers", email="bakers@example.com", page="bakers-pager")
"""
#: The line of a fleet module on which a test's own text begins.
FIRST = len(PRELUDE.splitlines()) + 1


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Write]:
    """Return a function that writes a project `bakery` and returns its folder.

    fleet: the text of fleet/all.py after PRELUDE. files: further files, by path.
    """

    def write(fleet: str, files: dict[str, str] | None = None) -> Path:
        folder = tmp_path / "bakery"
        contents = {
            "fleet/all.py": PRELUDE + dedent(fleet),
            "plugins/oven.py": OVEN,
            "tests/test_oven.py": "# Oven\n",
            **(files or {}),
        }
        for path, text in contents.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(dedent(text), encoding="utf-8")
        return folder

    yield write
    for name in [name for name in sys.modules if name.partition(".")[0] == "bakery"]:
        del sys.modules[name]
