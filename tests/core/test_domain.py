"""nagiosplugin is loaded in parts, and is whole again for whoever asks."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import nagiosplugin

from tests.support.installed import ROOT

PATH = [str(ROOT), str(Path(nagiosplugin.__file__).parents[1])]


def answer(code: str) -> list[str]:
    """Run `code` in a fresh interpreter and return the words that it prints.

    Without the module site, for the start-up files of installed packages load modules of their own.
    """
    bare = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {PATH!r}\n{code}"]
    done = subprocess.run(bare, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout.split()


def test_only_the_domain_model_is_loaded() -> None:
    loaded = answer("import checks.core.domain; print(*sys.modules)")
    assert "nagiosplugin.metric" in loaded
    unwanted = {"re", "logging", "json", "tempfile", "nagiosplugin.runtime", "nagiosplugin.cookie"}
    assert unwanted.intersection(loaded) == set()


def test_the_import_of_a_check_stays_as_small() -> None:
    loaded = answer("import checks.api, checks.core.argv, checks.core.run; print(*sys.modules)")
    assert {"re", "logging", "json", "enum", "typing", "pathlib", "argparse", "inspect"}.intersection(loaded) == set()


def test_the_whole_package_comes_on_demand_with_the_same_classes() -> None:
    code = """
import checks.core.domain as domain
from nagiosplugin import Check, Cookie, Metric, Resource, ScalarContext, Summary, guarded
import nagiosplugin
print(Metric is domain.Metric, Resource is domain.Resource, ScalarContext is domain.ScalarContext)
print(nagiosplugin.Ok is domain.Ok, nagiosplugin.Result is domain.Result, nagiosplugin.__name__)
"""
    assert answer(code) == ["True"] * 5 + ["nagiosplugin"]


def test_plain_import_works_in_either_order() -> None:
    first = "import nagiosplugin; kept = nagiosplugin.Metric; import checks.core.domain as d; print(kept is d.Metric)"
    assert answer(first) == ["True"]
    later = "import checks.core.domain as d, nagiosplugin; print(nagiosplugin.Metric is d.Metric)"
    assert answer(later) == ["True"]


def test_quoting_of_nagiosplugins_performance_still_finds_re() -> None:
    code = "from checks.core.domain import Performance as P; print(P('a b', 1), P('plain', 1)); import re; print(re.I)"
    assert answer(code) == ["'a", "b'=1", "plain=1", "re.IGNORECASE"]


def test_a_nagiosplugin_script_of_ones_own_runs_beside_a_check() -> None:
    code = """
import checks.api, nagiosplugin
class Load(nagiosplugin.Resource):
    def probe(self):
        yield nagiosplugin.Metric("load1", 3, min=0, context="load")
nagiosplugin.Check(Load(), nagiosplugin.ScalarContext("load", "5", "9")).main(timeout=5)
"""
    assert answer(code) == ["LOAD", "OK", "-", "load1", "is", "3", "|", "load1=3;5;9;0"]


def test_a_missing_nagiosplugin_is_said_by_name() -> None:
    code = """
del sys.path[1]
try:
    import checks.core.domain
except ModuleNotFoundError as error:
    print(error.name)
"""
    assert answer(code) == ["nagiosplugin"]


def test_this_is_a_release_that_the_packaging_allows() -> None:
    assert tuple(int(part) for part in version("nagiosplugin").split(".")[:2]) >= (1, 4)
