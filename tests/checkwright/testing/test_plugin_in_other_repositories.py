"""The pytest plugin in a repository that has a folder `checks/` of its own, with checkwright installed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.installed import installed_bin

#: Packages that pytest needs, from this environment. The installed environment has no pytest.
PYTEST = ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "py.py")

FILES = {
    "conftest.py": "",
    "checks/__init__.py": '"""Somebody else\'s checks."""\n',
    "checks/mine.py": """
from checkwright import Check, Metrics, gauge


class Mine(Check):
    \"\"\"Coffee left.\"\"\"

    cups = gauge("Cups", warn="5:", crit="1:")

    def probe(self) -> Metrics:
        yield self.cups(3)
""",
    "tests/test_mine.py": """
import checks.mine
from checkwright.testing import run


def test_folder_is_its_own():
    assert checks.__doc__ == "Somebody else's checks."


def test_mine(golden):
    outcome = run(checks.mine.Mine, "")
    assert outcome.state == "WARNING"
    golden(outcome)
""",
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment of a process that also finds pytest."""
    folder = tmp_path_factory.mktemp("pytest")
    packages = Path(pytest.__file__).parents[1]
    for name in PYTEST:
        (folder / name).symlink_to(packages / name)
    (folder / "bin").mkdir()
    (folder / "bin/pytest").write_text("import sys, pytest\nsys.exit(pytest.console_main())\n", encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return {**clean, "PYTHONPATH": str(folder)}


def ended(words: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [str(installed_bin() / "python"), *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["python -m pytest", "pytest"])
def test_tests_run_in_a_repository_with_a_folder_checks(
    repository: Path, environment: dict[str, str], way: str
) -> None:
    script = str(Path(environment["PYTHONPATH"], "bin/pytest"))
    start = ["-m", "pytest"] if way.startswith("python") else [script]
    for words in (["--update-goldens"], []):
        done = ended([*start, "-q", "-p", "no:cacheprovider", *words], repository, environment)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "2 passed" in done.stdout
    assert "MINE WARNING: Cups 3 (below 5)" in (repository / "tests/goldens/mine.txt").read_text(encoding="utf-8")


def test_plugin_imports_no_check_and_nothing_that_runs_checks() -> None:
    code = "import sys, checkwright.testing.plugin; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ours = [name for name in done.stdout.split() if name.partition(".")[0] in ("checks", "checkwright")]
    assert ours == [
        "checkwright",
        "checkwright.testing",
        "checkwright.testing.golden_ledger",
        "checkwright.testing.plugin",
        "checkwright.testing.transcript",
    ]
