"""nagiosplugin is loaded in parts, and as a whole on demand."""

import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import nagiosplugin
import pytest

from tests.support.installed import ROOT

PACKAGE = Path(nagiosplugin.__file__).parent
#: Folders with further releases, as `pip install --no-deps --target FOLDER nagiosplugin==X` makes them.
FURTHER = [folder for folder in os.environ.get("CHECKWRIGHT_NAGIOSPLUGINS", "").split(os.pathsep) if folder]
every_release = pytest.mark.parametrize("release", [str(PACKAGE.parent), *FURTHER])


def answer(code: str, release: str) -> list[str]:
    """Run `code` in a fresh interpreter with the nagiosplugin of a folder, and return the words that it prints.

    The module site is not loaded, because start-up files of installed packages import modules.
    """
    bare = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {[str(ROOT), release]!r}\n{code}"]
    done = subprocess.run(bare, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout.split()


#: Modules that the whole package loads and a run does not use. Each costs milliseconds.
HEAVY = {"re", "logging", "json", "tempfile"}


@every_release
def test_only_the_domain_model_is_loaded(release: str) -> None:
    loaded = answer("import checkwright.core.domain; print(*sys.modules)", release)
    assert "nagiosplugin.metric" in loaded
    heavy = sorted((HEAVY | {"nagiosplugin.runtime", "nagiosplugin.cookie"}).intersection(loaded))
    assert not heavy, (
        f"core/domain.py loads {', '.join(heavy)}: this release of nagiosplugin is divided into other modules. "
        "Name the modules that hold its domain model now"
    )


@every_release
def test_loading_in_parts_is_still_needed(release: str) -> None:
    loaded = answer("import nagiosplugin; print(*sys.modules)", release)
    assert HEAVY.intersection(loaded), (
        f"`import nagiosplugin` loads none of {', '.join(sorted(HEAVY))} any more: replace the loading in parts of "
        "core/domain.py by `from nagiosplugin import ...`, and measure with `python -m benchmarks cold`"
    )


@every_release
def test_the_import_of_a_check_stays_as_small(release: str) -> None:
    loaded = answer("import checkwright, checkwright.core.argv, checkwright.core.run; print(*sys.modules)", release)
    assert {"re", "logging", "json", "enum", "typing", "pathlib", "argparse", "inspect"}.intersection(loaded) == set()


@every_release
def test_the_whole_package_comes_on_demand_with_the_same_classes(release: str) -> None:
    code = """
import checkwright.core.domain as domain
from nagiosplugin import Check, Cookie, Metric, Resource, ScalarContext, Summary, guarded
import nagiosplugin
print(Metric is domain.Metric, Resource is domain.Resource, ScalarContext is domain.ScalarContext)
print(nagiosplugin.Ok is domain.Ok, nagiosplugin.Result is domain.Result, nagiosplugin.__name__)
"""
    assert answer(code, release) == ["True"] * 5 + ["nagiosplugin"]


@every_release
def test_plain_import_works_in_either_order(release: str) -> None:
    first = (
        "import nagiosplugin; kept = nagiosplugin.Metric; import checkwright.core.domain as d; print(kept is d.Metric)"
    )
    assert answer(first, release) == ["True"]
    later = "import checkwright.core.domain as d, nagiosplugin; print(nagiosplugin.Metric is d.Metric)"
    assert answer(later, release) == ["True"]


@every_release
def test_quoting_of_nagiosplugins_performance_still_finds_re(release: str) -> None:
    code = """
from checkwright.core.domain import Performance
print(Performance("a b", 1), Performance("plain", 1))
import re
print(re.I)
"""
    assert answer(code, release) == ["'a", "b'=1", "plain=1", "re.IGNORECASE"]


@every_release
def test_nagiosplugin_script_runs_in_the_process_of_a_check(release: str) -> None:
    code = """
import checkwright, nagiosplugin
class Load(nagiosplugin.Resource):
    def probe(self):
        yield nagiosplugin.Metric("load1", 3, min=0, context="load")
nagiosplugin.Check(Load(), nagiosplugin.ScalarContext("load", "5", "9")).main(timeout=5)
"""
    assert answer(code, release) == ["LOAD", "OK", "-", "load1", "is", "3", "|", "load1=3;5;9;0"]


def test_release_with_other_modules_is_loaded_as_a_whole(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "nagiosplugin/parts", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PACKAGE / "platform", tmp_path / "nagiosplugin/platform")  # imported by its full name
    (tmp_path / "nagiosplugin/__init__.py").write_text("from nagiosplugin.parts import *\n")
    code = """
import checkwright.core.domain as domain, nagiosplugin
print(domain.Metric is nagiosplugin.Metric, domain.Metric.__module__, domain.Ok is nagiosplugin.Ok)
from checkwright.core.run import run
from checkwright.core.world import World
from checks.meta.dummy import Dummy
print(run(Dummy, ["--text", "moved"], World()).lines[0].text)
"""
    printed = answer(code, str(tmp_path))
    assert printed[:3] == ["True", "nagiosplugin.parts.metric", "True"]
    assert printed[-1] == "(moved)"


@every_release
def test_missing_nagiosplugin_is_reported_by_name(release: str) -> None:
    code = """
del sys.path[1]
try:
    import checkwright.core.domain
except ModuleNotFoundError as error:
    print(error.name)
"""
    assert answer(code, release) == ["nagiosplugin"]


def test_installed_release_satisfies_the_packaging() -> None:
    assert tuple(int(part) for part in version("nagiosplugin").split(".")[:2]) >= (1, 4)
