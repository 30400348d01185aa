"""Pages of checks: content, samples, index, and that they are up to date in this repository."""

import shutil
import subprocess
from pathlib import Path

import pytest

from checkwright import Check, Literal, Metrics, Secret, gauge, option, verdict
from checkwright.cli.check_pages import index, navigation, page
from checkwright.cli.main import run
from checkwright.core.catalog import Found, all_checks
from checkwright.core.errors import CannotDo
from checkwright.testing import transcript
from tests.support.installed import ROOT, installed_bin


class Ferry(Check):
    """State of the ferry."""

    line: str = option("Line", flags="-l --line", example="north")
    token: Secret | None = option("Token", default=None)
    season: Literal["summer", "winter"] = option("Season | timetable", default="summer")
    words: tuple[str, ...] = option("Words to pass on", flags="...", example="a b")

    delay = gauge("Delay", "s", warn=300, crit=900, missing="ok")
    state = verdict("State", ok=["runs"], warn=["late"])

    def probe(self) -> Metrics:
        yield self.delay(1)


FOUND = Found("ferry", "harbour", "harbour.plugins.ferry", "/harbour/plugins/ferry.py")


def test_page_has_the_whole_declaration(tmp_path: Path) -> None:
    lines = page(Ferry, FOUND, tmp_path).splitlines()
    assert "    check ferry --line north -- a b" in lines
    assert "| `-l`, `--line` | Line; required; for example north |" in lines
    assert "| `--token-env`, `--token-file` | Token |" in lines
    assert "| `--season` | Season \\| timetable; one of summer, winter; default summer |" in lines
    assert "| `-- WORD...` | Words to pass on; required; for example a b |" in lines
    assert "| `delay` | Delay | s | 300 | 900 | ok |" in lines
    assert "| `state` | State | runs | late | any other word |" in lines
    assert "from harbour.plugins.ferry import Ferry" in lines
    assert 'Watch(Ferry(line="north", words=("a", "b")), Ferry.delay.at(warn=300, crit=900))' in lines
    assert "## Samples" not in lines


def test_samples_are_one_golden_entry_for_each_state(tmp_path: Path) -> None:
    states = {"storm": "CRITICAL", "a calm day": "OK", "another calm day": "OK"}
    entries = {name: f"$ check ferry\nFERRY {state}: {name}\n" for name, state in states.items()}
    transcript.write(tmp_path / "north/goldens/ferry.txt", entries)
    transcript.write(tmp_path / "north/goldens/boat.txt", {"fog": "FERRY WARNING: fog\n"})
    text = page(Ferry, FOUND, tmp_path)
    assert "### A calm day: OK\n\n```\n$ check ferry\nFERRY OK: a calm day\n```" in text
    assert "another calm day" not in text
    assert "fog" not in text
    assert text.index("A calm day: OK") < text.index("Storm: CRITICAL")


def test_file_that_is_not_golden_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "goldens/ferry.txt"
    file.parent.mkdir()
    file.write_text("FERRY OK: by hand\n", encoding="utf-8")
    with pytest.raises(CannotDo, match=f"{file} is no golden file"):
        page(Ferry, FOUND, tmp_path)


def test_index_has_a_heading_for_each_project() -> None:
    other = Found("crane", "dock", "dock.plugins.crane", "/dock/plugins/crane.py")
    assert index([(FOUND, "Ferries."), (other, "Cranes.")]).split("\n\n", 2)[2] == (
        "## dock\n\n- [crane](crane.md): Cranes.\n\n## harbour\n\n- [ferry](ferry.md): Ferries.\n"
    )


def test_navigation_nests_the_pages_of_a_family() -> None:
    boat = Found("boat", "harbour", "harbour.plugins.boat", "/harbour/plugins/boat.py")
    other = Found("crane", "dock", "dock.plugins.crane", "/dock/plugins/crane.py")
    assert navigation([(FOUND, "Ferries."), (boat, "Boats."), (other, "Cranes.")]).split("\n\n", 1)[1] == (
        "- [Checks](README.md)\n"
        "- dock\n    - [crane](crane.md)\n"
        "- harbour\n    - [boat](boat.md)\n    - [ferry](ferry.md)\n"
    )


def test_index_has_the_docstring_of_a_family_as_heading() -> None:
    tls = next(found for found in all_checks() if found.family == "tls")
    assert "\n## TLS certificates\n\n- [tls_certificate](tls_certificate.md): Fine.\n" in index([(tls, "Fine.")])


def test_pages_of_the_library_are_up_to_date() -> None:
    pages = ROOT / "docs/reference/checks"
    assert run(["docs", "--library", "--check", "--out", str(pages)]) == 0, "make docs writes them"


def test_installation_without_tests_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "docs/checks/load.md"
    page.parent.mkdir(parents=True)
    page.write_text("## Samples\n", encoding="utf-8")
    checkctl = installed_bin() / "checkctl"
    for words in (["docs"], ["docs", "--library"], ["docs", "--check"]):
        refused = subprocess.run([checkctl, *words], cwd=tmp_path, capture_output=True, text=True)
        assert refused.returncode == 2
        assert "is an installation without tests. Run checkctl docs --library in a checkout" in refused.stderr
    assert page.read_text(encoding="utf-8") == "## Samples\n"


@pytest.mark.slow
def test_project_without_tests_keeps_its_samples(tmp_path: Path) -> None:
    project = tmp_path / "acme"
    assert run(["init", str(project)]) == 0
    assert run(["--project", str(project), "new", "parcels", "--no-mypy"]) == 0
    assert run(["--project", str(project), "docs"]) == 0
    page = project / "docs/checks/parcels.md"
    assert "## Samples" in page.read_text(encoding="utf-8")
    shutil.rmtree(project / "tests")
    assert run(["--project", str(project), "docs"]) == 2
    assert "## Samples" in page.read_text(encoding="utf-8")
