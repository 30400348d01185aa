"""The written pages of docs/reference agree with the code: variables, default paths, exit codes."""

import ast
import re
from pathlib import Path

import pytest

from checks.heartbeat.source import DEFAULT_FOLDER as JOB_RUNS
from checks.slo.slo import FOLDER as LATENCY
from checkwright.batch import startup
from checkwright.cli import main as ctl
from checkwright.cli.root_command import checkctl
from checkwright.core.shipped import FOLDER as SHIPPED
from checkwright.downtime import last_run
from checkwright.notify.notify_options import SPOOL
from checkwright.registry.model import Site
from checkwright.registry.resolving.command_line import PROJECTS
from checkwright.worker import daemon_program, status_socket
from nagios_cfg import broker_pools, perfdata
from nagios_cfg.engines import ENGINES
from sensu import agent_allow_list
from tests.support.installed import ROOT

FILES = (ROOT / "docs/reference/files.md").read_text(encoding="utf-8")
CODES = (ROOT / "docs/reference/exit-codes.md").read_text(encoding="utf-8")
VARIABLE = re.compile(r"(?:CHECKS|CHECKWRIGHT)_[A-Z_]+[A-Z]")


def constants(tree: str) -> set[str]:
    """Return all texts in the modules below a folder, docstrings too."""
    found = set()
    for file in (ROOT / tree).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


def test_every_variable_of_this_project_is_on_the_page() -> None:
    trees = ("checks", "checkwright", "icinga_cfg", "nagios_cfg", "sensu")
    texts = {text for tree in trees for text in constants(tree)}
    used = {name for text in texts for name in VARIABLE.findall(text)} - {"CHECKWRIGHT_NO_SUCH_VARIABLE"}
    assert set(VARIABLE.findall(FILES)) == used


@pytest.mark.parametrize(
    "path",
    [
        SHIPPED,
        SPOOL,
        last_run.FOLDER,
        PROJECTS,
        JOB_RUNS,
        LATENCY,
        status_socket.DEFAULT,
        broker_pools.BROKER,
        perfdata.FOLDER,
        agent_allow_list.PLACE,
        *(engine.main for engine in ENGINES.values()),
        Site().check,
        Site().secrets,
        Site().plugins,
        Site().mail,
    ],
)
def test_default_path_is_on_the_page(path: str) -> None:
    assert path.removesuffix("/bin/check") in FILES


def test_exit_codes_are_on_the_page() -> None:
    for code in (ctl._DEFECT, ctl._INTERRUPTED, ctl._FAILED, daemon_program._DEFECT, daemon_program._INTERRUPTED):
        assert re.search(rf"\b{code}\b", CODES)
    assert startup._NOT_DELIVERED == 1


def test_commands_with_check_are_on_the_page() -> None:
    row = next(line for line in CODES.splitlines() if "with `--check`" in line)
    folder = Path(checkctl.__module__.replace(".", "/")).parent / "commands"
    modules = sorted((ROOT / folder).rglob("*.py"))
    having = {
        " ".join(file.relative_to(ROOT / folder).with_suffix("").parts)
        for file in modules
        if '"--check"' in file.read_text(encoding="utf-8")
    }
    assert set(re.findall(r"`([a-z ]+)`", row)) == having
