"""`checkctl package`: the files of the example's machines, and their data for Puppet."""

import json
import subprocess
from pathlib import Path

import pytest

from checkwright.cli.main import run
from checkwright.packaging.environment_package import machine_files, package_files, package_modes
from checkwright.registry import planning
from nagios_cfg import check_and_render
from tests.checkwright.registry.conftest import Write
from tests.support.real import require

SHOP = Path(__file__).parents[3] / "examples/shop"


def package(out: Path, *words: str, environment: str = "staging", version: str = "0.1") -> int:
    return run(["--project", str(SHOP), "package", environment, "--version", version, "--out", str(out), *words])


def unpacked(out: Path) -> Path:
    (file,) = out.glob("*.deb")
    subprocess.run([require("dpkg-deb", package="dpkg"), "-x", file, out / "root"], check=True)
    return out / "root"


def test_package_holds_what_machines_need(tmp_path: Path) -> None:
    assert package(tmp_path) == 0
    assert [path.name for path in tmp_path.glob("*.deb")] == ["checkwright-shop-staging_0.1_all.deb"]
    root = unpacked(tmp_path)
    build = root / "usr/share/checkwright/shop/staging"
    assert "command[" in (build / "nrpe/roles/linux.cfg").read_text()
    project = root / "opt/checkwright/shop"  # Site(project=...)
    assert (project / "plugins/checkout.py").read_bytes() == (SHOP / "plugins/checkout.py").read_bytes()
    assert {path.name for path in project.iterdir()}.isdisjoint({"fleet", "tests", "inventory"})
    assert not (build / "nagios").exists()


def test_machine_lists_its_own_part(tmp_path: Path) -> None:
    assert package(tmp_path) == 0
    machine = json.loads((tmp_path / "machines/pay-stg.json").read_text())
    assert machine == {
        "checkwright::machine": {
            "name": "pay-stg",
            "package": "checkwright-shop-staging",
            "version": "0.1",
            "build": "/usr/share/checkwright/shop/staging",
            "nrpe": ["checkwright.cfg", "hosts/pay-stg.cfg", "roles/linux.cfg", "roles/payments-api.cfg"],
            "sudoers": [],
            "secrets": ["/etc/checks/checkout"],
            "subscriptions": ["linux", "payments-api"],
        }
    }


def test_every_file_of_a_machine_is_in_the_package(tmp_path: Path) -> None:
    assert package(tmp_path, environment="production") == 0
    root = unpacked(tmp_path)
    machines = [json.loads(path.read_text())["checkwright::machine"] for path in (tmp_path / "machines").glob("*.json")]
    assert len(machines) == 14
    used = set()
    for machine in machines:
        for folder in ("nrpe", "sudoers"):
            for file in machine[folder]:
                assert (root / machine["build"].lstrip("/") / folder / file).is_file()
                used.add(f"{folder}/{file}")
    build = root / "usr/share/checkwright/shop/production"
    assert {path.relative_to(build).as_posix() for path in build.rglob("*") if path.is_file()} == used


def test_equal_plans_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert package(tmp_path / name) == 0
    one, two = ((tmp_path / name / "checkwright-shop-staging_0.1_all.deb").read_bytes() for name in ("one", "two"))
    assert one == two


def test_second_call_replaces_the_machines(tmp_path: Path) -> None:
    assert package(tmp_path, environment="production") == 0
    assert package(tmp_path) == 0
    assert not (tmp_path / "machines/pay-1.json").exists()
    assert (tmp_path / "machines/pay-stg.json").exists()


@pytest.mark.parametrize(
    ("version", "sentence"),
    [("v1", "The version 'v1' is not one of Debian"), ("1 2", "The version '1 2' is not"), ("1\n2", "is not one of")],
)
def test_version_that_debian_refuses_is_one_sentence(
    tmp_path: Path, version: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert package(tmp_path, version=version) == 2
    errors = capsys.readouterr().err
    assert sentence in errors and errors.count("\n") == 1
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(("epoch", "status"), [("1700000000", 0), ("yesterday", 2), ("9" * 12, 2)])
def test_time_of_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, epoch: str, status: int) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    assert package(tmp_path) == status
    if status == 0:
        times = {path.stat().st_mtime for path in unpacked(tmp_path).rglob("*") if path.is_file()}
        assert times == {1_700_000_000}


def test_environment_without_files_for_machines_is_one_sentence(
    project: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = project("")
    for path in (folder / "plugins").rglob("*.py"):
        path.unlink()
    (folder / "fleet/all.py").write_text(
        "from checkwright.registry.model import Environment, Host, Plugin, Role, Site, Team\n"
        'ssh = Plugin("/usr/lib/nagios/plugins/check_ssh", "{address}", name="ssh", where="central")\n'
        'team = Team("a", email="a@example.com", page="a")\n'
        'role = Role("r", owner=team, runbook="https://r.example.com/", watches=(ssh,))\n'
        'qa = Environment("qa", site=Site(), hosts=(Host("a", "10.0.0.1", roles=(role,)),))\n'
    )
    assert run(["--project", str(folder), "package", "qa", "--version", "1", "--out", str(tmp_path / "out")]) == 2
    assert "qa has nothing for machines" in capsys.readouterr().err


HOST_FILES = ("hosts/checkwright-host-m+1", "hosts/checkwright-host-m+2", "roles/checkwright-role-mill+one")


def test_files_of_sudo_belong_to_their_role_or_host(project: Write, tmp_path: Path) -> None:
    text = """\
mill = Role(
    "mill.one",
    owner=bakers,
    runbook="https://runbooks.example.com/mill/",
    watches=(
        Watch(Disk(), run_as="root"),
        Watch(Oven(url="https://{address}/"), run_as="baker"),
    ),
)
qa = Environment(
    "qa",
    site=Site(transport="nrpe"),
    hosts=(Host("m.1", "10.0.0.1", roles=(mill,)), Host("m.2", "10.0.0.2", roles=(mill,))),
)
"""
    plan = planning.plan(str(project(text)), "qa").plan
    _, built = check_and_render(plan)
    machines = {
        path: json.loads(text)["checkwright::machine"]["sudoers"]
        for path, text in machine_files(plan, built, "1").items()
    }
    files = package_files(plan, built, tmp_path)
    place = "/usr/share/checkwright/bakery/qa/sudoers"
    assert {path: mode for path, mode in package_modes(plan, files).items() if mode == 0o440} == dict.fromkeys(
        (f"{place}/{kind}" for kind in HOST_FILES), 0o440
    )
    assert machines == {
        f"machines/m.{number}.json": [f"hosts/checkwright-host-m+{number}", "roles/checkwright-role-mill+one"]
        for number in (1, 2)
    }
