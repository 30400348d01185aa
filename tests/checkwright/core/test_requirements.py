"""A library that is not installed is one sentence with the install command."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from checkwright import BadUsage, Check
from checkwright.core.catalog import find
from checkwright.core.requirements import required_modules
from checkwright.core.run import run
from checkwright.core.traits import traits_of
from checkwright.core.world import World
from tests.support.installed import ROOT

#: Runs `check` in a process that cannot import one module.
START = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {module!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
from checkwright.core.check_program import main
main()
"""
CHECK = '''\
"""A queue."""

{early}
from checkwright import Check, Metrics, gauge


class Queue(Check):
    """A queue."""

    depth = gauge("Depth")

    def probe(self) -> Metrics:
        {late}
        yield self.depth(1)
'''


def check_without(module: str, *words: str) -> str:
    command = [sys.executable, "-c", START.format(module=module), *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (3, "")
    return done.stdout.partition(" | ")[0].rstrip("\n")


@pytest.mark.parametrize(
    ("module", "words", "sentence"),
    [
        (
            "botocore",
            ["sqs_backlog", "--queue", "payments"],
            "SQS_BACKLOG UNKNOWN: the check sqs_backlog needs botocore: pip install 'checkwright[aws]'",
        ),
        (
            "psutil",
            ["processes", "--name", "init"],
            "PROCESSES UNKNOWN: the check processes needs psutil: pip install checkwright",
        ),
        (
            "cryptography",
            ["tls_certificate", "-f", "/etc/passwd"],
            "TLS_CERTIFICATE UNKNOWN: the check tls_certificate needs cryptography: pip install 'checkwright[tls]'",
        ),
        ("dns", ["dns", "-H", "localhost"], "DNS UNKNOWN: the check dns needs dns: pip install 'checkwright[dns]'"),
    ],
)
def test_a_check_without_its_library_is_unknown_with_the_command_to_install_it(
    module: str, words: list[str], sentence: str
) -> None:
    assert check_without(module, *words) == sentence


def family(folder: Path, requires: str, early: str = "", late: str = "pass") -> str:
    """Make a project with one family of plugins and return its folder."""
    plugins = folder / "plugins" / "queues"
    plugins.mkdir(parents=True)
    (plugins / "source.py").write_text(requires, encoding="utf-8")
    (plugins / "queue.py").write_text(CHECK.format(early=early, late=late), encoding="utf-8")
    return str(folder)


def loaded(folder: str) -> type[Check]:
    return find("queue", folder)


@pytest.mark.parametrize(
    "requires", ['REQUIRES = "acme_queue"', 'REQUIRES: str = "acme_queue"', 'REQUIRES = ("a", "acme_queue")']
)
def test_a_projects_check_names_the_package(requires: str, tmp_path: Path) -> None:
    folder = family(tmp_path / "requirements_load", requires, early="import acme_queue.client")
    with pytest.raises(BadUsage, match=r"^the check queue needs acme_queue: pip install acme_queue$"):
        loaded(folder)
    shutil.rmtree(folder)
    del sys.modules["requirements_load"]


def test_a_module_that_is_imported_during_the_run_counts_too(tmp_path: Path) -> None:
    folder = family(tmp_path / "requirements_run", 'REQUIRES = "acme_queue"', late="import acme_queue.client")
    outcome = run(loaded(folder), [], World(sealed=True))
    assert outcome.summary == "the check queue needs acme_queue: pip install acme_queue"
    assert outcome.perfdata == ("depth=U;;;;",)
    assert "Traceback (most recent call last):" in outcome.text(3)


@pytest.mark.parametrize(
    "requires", ["", 'REQUIRES = "acme"', "REQUIRES = names()", "REQUIRES = 5", "def half(:", 'X = "acme_queue"']
)
def test_a_module_that_no_family_declares_is_a_defect_of_the_check(requires: str, tmp_path: Path) -> None:
    name = f"requirements_other_{abs(hash(requires))}"
    folder = family(tmp_path / name, requires, late="import acme_queue")
    outcome = run(loaded(folder), [], World(sealed=True))
    assert outcome.summary == (
        "the check itself failed: ModuleNotFoundError: No module named 'acme_queue' "
        f"at {folder}/plugins/queues/queue.py:13"
    )


def test_requirements_are_read_without_importing(tmp_path: Path) -> None:
    (tmp_path / "source.py").write_text("raise RuntimeError\nREQUIRES = ('a', 'b')\n", encoding="utf-8")
    assert required_modules(str(tmp_path)) == ("a", "b")
    assert required_modules(os.path.join(str(tmp_path), "none")) == ()
    assert traits_of("sqs_backlog").requires == ("botocore",)
    assert traits_of("dummy").requires == ()
