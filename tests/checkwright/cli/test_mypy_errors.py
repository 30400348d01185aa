"""Tests of the comparison of mypy's errors with findings of rules."""

from pathlib import Path

from checkwright.cli.mypy_errors import without_known_mistakes
from checkwright.cli.project_rules import MypyError
from checkwright.registry.findings import Finding
from checkwright.registry.plan import Origin
from checkwright.registry.rules.loading_rules import Unreadable

MODULE = """\
a = Watch(
    Disk(),
    notify="pge",
)
b = Watch(Disk(), transport="ssh", evry="5m")
"""
NOTIFY = 'Argument "notify" to "Watch" has incompatible type "str"; expected "page"  [arg-type]'
TRANSPORT = 'Argument "transport" to "Watch" has incompatible type "str"; expected "nrpe"  [arg-type]'
EVRY = 'Unexpected keyword argument "evry" for "Watch"; did you mean "every"?  [call-arg]'


def compare(folder: Path, errors: list[tuple[int, str]], known: list[tuple[int, str]]) -> list[str]:
    (folder / "all.py").write_text(MODULE, encoding="utf-8")
    by_mypy = [MypyError.finding(Origin("all.py", line), text) for line, text in errors]
    by_rules = [Unreadable.finding(Origin("all.py", line), text) for line, text in known]
    return [finding.message for finding in without_known_mistakes(by_mypy, by_rules, folder)]


def test_error_on_another_line_of_the_declaration_is_the_same_mistake(tmp_path: Path) -> None:
    assert compare(tmp_path, [(3, NOTIFY)], [(1, "Watch disk: notify is 'pge', and must be one of page")]) == []


def test_two_mistakes_on_one_line_are_both_reported(tmp_path: Path) -> None:
    known = [(5, "Watch disk: transport is 'ssh', and must be one of nrpe")]
    assert compare(tmp_path, [(5, EVRY), (5, TRANSPORT)], known) == [EVRY]


def test_another_mistake_on_the_line_is_reported(tmp_path: Path) -> None:
    assert compare(tmp_path, [(5, EVRY)], [(5, "role 'web' has no runbook")]) == [EVRY]


def test_error_in_another_declaration_is_reported(tmp_path: Path) -> None:
    assert compare(tmp_path, [(3, NOTIFY)], [(5, "Watch disk: notify is 'pge'")]) == [NOTIFY]


def test_findings_without_a_place_match_nothing(tmp_path: Path) -> None:
    error = MypyError.finding(None, "mypy failed")
    assert without_known_mistakes([error], [Finding("R001", "error", None, "mypy")], tmp_path) == [error]
