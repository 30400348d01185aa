"""Builds of the example project: the real Nagios and the rules for Sensu accept them."""

from pathlib import Path

import pytest

import sensu
from tests.end_to_end.installed_tools import ENVIRONMENTS, SHOP, checkctl, files_below, nagios_build
from tests.support.nagios import preflight

pytestmark = pytest.mark.daemon


@pytest.fixture(scope="module")
def nagios_builds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    folder = tmp_path_factory.mktemp("nagios")
    return {name: files_below("nagios", nagios_build(SHOP, name, folder / name)) for name in ENVIRONMENTS}


@pytest.fixture(scope="module")
def sensu_builds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("sensu")
    for name in ENVIRONMENTS:
        checkctl(SHOP, "sensu", "build", name, "--out", folder / f"{name}.json", "--format", "json")
    return {name: (folder / f"{name}.json").read_text() for name in ENVIRONMENTS}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_nagios_accepts_each_environment(nagios_builds: dict[str, dict[str, str]], name: str) -> None:
    output = preflight(nagios_builds[name])
    assert ("Total Warnings: 0" in output, "Total Errors:   0" in output) == (True, True), output


def test_one_nagios_accepts_all_environments(nagios_builds: dict[str, dict[str, str]]) -> None:
    together = {f"{name}/{path}": text for name, build in nagios_builds.items() for path, text in build.items()}
    output = preflight(together)
    assert ("Total Warnings: 0" in output, "Total Errors:   0" in output) == (True, True), output


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_sensu_resources_have_no_findings(sensu_builds: dict[str, str], name: str) -> None:
    assert [str(finding) for finding in sensu.validate(sensu_builds[name], name)] == []


def test_sensu_resources_of_all_environments_do_not_collide(sensu_builds: dict[str, str]) -> None:
    assert [str(finding) for finding in sensu.validate_files(sensu_builds)] == []


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_second_build_is_identical(
    nagios_builds: dict[str, dict[str, str]], sensu_builds: dict[str, str], tmp_path: Path, name: str
) -> None:
    checkctl(SHOP, "sensu", "build", name, "--out", tmp_path / "again.json", "--format", "json")
    assert (tmp_path / "again.json").read_text() == sensu_builds[name]
    assert files_below("nagios", nagios_build(SHOP, name, tmp_path / "again")) == nagios_builds[name]


def test_lint_has_no_findings() -> None:
    assert checkctl(SHOP, "lint") == ""
