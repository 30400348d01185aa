"""A project that somebody makes by hand with the README's check: found, linted, tested, watched, generated.

It is these four files and nothing else: no list is edited anywhere.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.installed_tools import checkctl, ended, nagios_build
from tests.support.installed import ROOT, installed_bin
from tests.support.nagios import place

SAMPLE = re.search(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(), flags=re.DOTALL | re.MULTILINE)

TEST = '''\
"""The checkout check."""

import pytest

from checks.kit import FakeHttp, Golden, run
from kiosk.plugins.checkout import Checkout

HEALTH = {"status": "degraded", "orders": {"waiting": 7}, "pool": {"used": 1, "size": 8}}
HTTP = FakeHttp({"http://shop/health": HEALTH})


def test_checkout(golden: Golden) -> None:
    outcome = run(Checkout, "--url http://shop/health", HTTP)
    assert outcome.state == "WARNING"
    golden(outcome)
'''

FLEET = '''\
"""The kiosk's fleet."""

from checks.registry.model import Environment, Host, Role, Site, Team, Watch
from kiosk.plugins.checkout import Checkout

sellers = Team("sellers", email="sellers@example.com")
till = Role(
    "till",
    owner=sellers,
    runbook="https://runbooks.example.com/till/",
    watches=(Watch(Checkout(url="https://{address}/health"), Checkout.waiting.at(warn=5), every="2m"),),
)
street = Environment("street", site=Site(), hosts=(Host("till-1", "10.7.0.1", roles=(till,)),))
'''


@pytest.fixture
def kiosk(tmp_path: Path) -> Path:
    assert SAMPLE is not None
    project = tmp_path / "kiosk"
    place(project / "plugins" / "checkout.py", SAMPLE[1])
    place(project / "tests" / "test_checkout.py", TEST)
    place(project / "fleet" / "kiosk.py", FLEET)
    return project


def test_it_is_found(kiosk: Path) -> None:
    manual = ended(["check", "--project", kiosk, "checkout", "--help"]).stdout
    assert "Checkout service: is it taking orders" in manual
    assert "--waiting-...  " in manual
    (found,) = (one for one in json.loads(checkctl(kiosk, "list", "--json")) if one["name"] == "checkout")
    assert found["shelf"] == "kiosk"


def test_it_is_linted(kiosk: Path) -> None:
    checkctl(kiosk, "lint")
    mypy = [sys.executable, "-m", "mypy", "--strict", "--explicit-package-bases", "--no-error-summary"]
    interpreter = ["--python-executable", str(installed_bin() / "python"), "--cache-dir", "cache"]
    done = subprocess.run(
        [*mypy, *interpreter, "kiosk/plugins", "kiosk/fleet"], cwd=kiosk.parent, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_its_own_test_runs(kiosk: Path) -> None:
    pytest_run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "kiosk"]
    written = subprocess.run([*pytest_run, "--update-goldens"], cwd=kiosk.parent, capture_output=True, text=True)
    assert written.returncode == 0, written.stdout + written.stderr
    golden = (kiosk / "tests/goldens/checkout/checkout.txt").read_text()
    assert golden.splitlines()[1].startswith("CHECKOUT WARNING: Own verdict degraded (")
    compared = subprocess.run(pytest_run, cwd=kiosk.parent, capture_output=True, text=True)
    assert compared.returncode == 0, compared.stdout + compared.stderr


def test_it_is_watched_and_comes_out_of_both_generators(kiosk: Path, tmp_path: Path) -> None:
    explained = checkctl(kiosk, "explain", "street", "till-1", "checkout")
    assert "kiosk/fleet/kiosk.py:" in explained
    services = nagios_build(kiosk, "street", tmp_path / "nagios")
    assert any("service_description" in text and "checkout" in text for text in services.values())
    checkctl(kiosk, "sensu", "build", "street", "--out", tmp_path / "sensu.json", "--format", "json")
    assert "till.checkout" in (tmp_path / "sensu.json").read_text()
