"""The benchmarks run. What they measure is for people to judge: no time is asserted here."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.cold import cold, http, imports
from benchmarks.fleet import STEPS, fleet, measure
from benchmarks.processes import compare, memory, spend
from benchmarks.table import table
from tests.support.installed import ROOT, installed_venv


def test_cold_names_every_rival_and_the_promises() -> None:
    told = cold(installed_venv(), pairs=1)
    for rival in ("nagiosplugin's own example", "written anew", "bare interpreter", "itself"):
        assert rival in told
    assert "1.15" in told


def test_an_http_check_is_compared_on_this_machine() -> None:
    told = http(installed_venv(), pairs=1)
    assert "nagiosplugin and requests" in told
    assert "1.05" in told


def test_imports_show_where_the_start_goes() -> None:
    told = imports(installed_venv())
    assert "own ms" in told
    assert "all " in told


def test_a_small_fleet_goes_through_every_step(tmp_path: Path) -> None:
    assert tuple(measure(30, tmp_path)) == STEPS


def test_the_fleet_is_measured_in_processes_of_its_own() -> None:
    told = fleet((20,))
    assert all(step in told for step in STEPS)
    assert "largest memory, MB" in told


def test_a_command_that_is_no_plugin_is_refused() -> None:
    with pytest.raises(RuntimeError, match=r"ended with 7: a plugin ends with 0 to 3$"):
        spend([sys.executable, "-c", "raise SystemExit(7)"])


def test_a_comparison_pairs_the_runs() -> None:
    found = compare([sys.executable, "-c", "pass"], [sys.executable, "-c", "pass"], pairs=3)
    assert 0 < found.least <= found.ratio <= found.most


def test_memory_is_the_commands_own() -> None:
    held = "x = bytearray(50_000_000)"
    assert memory([sys.executable, "-c", held]) - memory([sys.executable, "-c", "pass"]) > 40


def test_a_table_lines_up() -> None:
    assert table("T", ["a", "b"], [["long", "1"], ["x", "200"]]) == (
        "T\n  a       b\n  ----  ---\n  long    1\n  x     200"
    )


@pytest.mark.parametrize("words", [["nonsense"], ["--pairs", "0", "cold"]])
def test_a_wrong_word_is_one_sentence(words: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "benchmarks", *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("python -m benchmarks: error: ")
