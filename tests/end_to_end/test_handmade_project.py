"""A project made by hand from docs/guides/write-a-check.md is found, linted, tested, watched and generated.

It consists of the three files of that page. No list is edited.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sensu
from checkwright.testing import transcript
from tests.end_to_end.installed_tools import checkctl, nagios_build, run_program
from tests.support.installed import ROOT, installed_bin
from tests.support.nagios import place, preflight

pytestmark = pytest.mark.daemon

PAGE = (ROOT / "docs/guides/write-a-check.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^`([\w./-]+)`:\n\n```python\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE))


@pytest.fixture
def parcels(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        place(tmp_path / path, text)
    return tmp_path / "parcels"


def test_project_has_three_files() -> None:
    assert sorted(FILES) == [
        "parcels/fleet/shipping.py",
        "parcels/plugins/carrier.py",
        "parcels/tests/test_carrier.py",
    ]


def test_check_is_found(parcels: Path) -> None:
    (found,) = (one for one in json.loads(checkctl(parcels, "list", "--json")) if one["name"] == "carrier")
    assert (found["family"], found["summary"]) == ("parcels", "Carrier: state of its desk, and parcels that wait.")
    manual = run_program(["check", "--project", parcels, "carrier", "--help"]).stdout
    assert "Parcels waiting (warning 200, critical 1000)" in manual


def test_project_passes_lint(parcels: Path) -> None:
    assert checkctl(parcels, "lint") == ""
    mypy = [sys.executable, "-m", "mypy", "--strict", "--explicit-package-bases", "--no-error-summary"]
    interpreter = ["--python-executable", str(installed_bin() / "python"), "--cache-dir", "cache"]
    done = subprocess.run(
        [*mypy, *interpreter, "parcels/plugins", "parcels/fleet"], cwd=parcels.parent, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_mistakes_are_found(parcels: Path) -> None:
    fleet = parcels / "fleet" / "shipping.py"
    fleet.write_text(fleet.read_text().replace("Carrier.waiting.at", "Carrier.weight.at"))
    done = run_program(["checkctl", "--project", parcels, "lint"])
    line = 1 + fleet.read_text()[: fleet.read_text().index("Carrier.weight")].count("\n")
    assert done.returncode == 1
    assert f"parcels/fleet/shipping.py:{line}: error R001" in done.stdout + done.stderr
    assert "weight" in done.stdout + done.stderr


def test_tests_of_the_project_pass(parcels: Path) -> None:
    pytest_run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "parcels"]
    written = subprocess.run([*pytest_run, "--update-goldens"], cwd=parcels.parent, capture_output=True, text=True)
    assert written.returncode == 0, written.stdout + written.stderr
    golden = transcript.read(parcels / "tests/goldens/carrier.txt")["one depot is full"]
    assert "CARRIER CRITICAL: Parcels waiting south 1400 (above 1000)" in golden
    compared = subprocess.run(pytest_run, cwd=parcels.parent, capture_output=True, text=True)
    assert compared.returncode == 0, compared.stdout + compared.stderr


def test_watch_is_in_both_generators_output(parcels: Path, tmp_path: Path) -> None:
    assert "parcels/fleet/shipping.py:" in checkctl(parcels, "explain", "production", "ship-1", "carrier")
    objects = nagios_build(parcels, "production", tmp_path / "nagios")
    assert [path for path, text in objects.items() if re.search(r"^\s*service_description\s+carrier$", text, re.M)]
    output = preflight({path: text for path, text in objects.items() if path.startswith("nagios/")})
    assert ("Total Warnings: 0" in output, "Total Errors:   0" in output) == (True, True), output
    built = tmp_path / "sensu.json"
    checkctl(parcels, "sensu", "build", "production", "--out", built, "--format", "json")
    assert "shipping-desk.carrier" in built.read_text()
    assert sensu.validate(built.read_text(), "sensu.json") == ()
