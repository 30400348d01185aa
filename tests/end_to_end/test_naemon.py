"""The example project with a real Naemon, if CHECKWRIGHT_NAEMON names the folder where it is installed.

Naemon is in no package of Debian. Its own documentation describes the build from its source.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.end_to_end.direct_run import PluginResult, plan_of, plugin_result, run_directly, services_of
from tests.end_to_end.installed_tools import ENVIRONMENT, ENVIRONMENTS, SHOP, nagios_build, run_program
from tests.end_to_end.local_shop import LocalShop, make_local_shop
from tests.end_to_end.shop_services import ShopServices
from tests.nagios_cfg.deployment.deployments import objects
from tests.support.nagios import Nagios, Status, nagios, own, place, protect_links, scratch
from tests.support.worker import Worker, worker

NAEMON = os.environ.get("CHECKWRIGHT_NAEMON", "")
PROGRAM = Path(NAEMON, "bin/naemon")
RELOADS = 12

if not NAEMON:
    pytest.skip("no Naemon: name its folder, with bin/naemon, by CHECKWRIGHT_NAEMON", allow_module_level=True)

pytestmark = pytest.mark.daemon


def checkctl(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `checkctl` with Naemon on the PATH."""
    return run_program(["checkctl", *words], PATH=f"{PROGRAM.parent}:{ENVIRONMENT['PATH']}")


def use_naemon(project: Path) -> Path:
    """Let all environments of a project have Naemon."""
    file = project / "fleet/environments.py"
    file.write_text(file.read_text().replace("site=Site(", 'site=Site(engine="naemon", '))
    return project


@pytest.fixture
def local(shop: ShopServices, folder: Path) -> LocalShop:
    made = make_local_shop(folder, shop)
    use_naemon(made.project)
    file = made.project / "fleet/environments.py"
    # A worker does not take commands that /usr/bin/env starts. It has the variable itself.
    text, number = re.subn(r'(Override\(notify="nobody"), env={[^}]*}', r"\1", file.read_text())
    assert number == 1
    file.write_text(text)
    return made


def main_settings(files: Mapping[str, str]) -> dict[str, str]:
    lines = (line for line in files["main.cfg"].splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def running(local: LocalShop, folder: Path) -> Iterator[tuple[Nagios, Worker]]:
    """Run a worker, then Naemon with other object files and the settings that the build asks for."""
    settings = main_settings(nagios_build(local.project, "here", folder / "build"))
    with scratch() as own_folder:
        own(own_folder)
        socket = str(own_folder / "naemon.qh")
        status = str(own_folder / "status.sock")
        with worker(
            own_folder, "--socket", socket, "--status-socket", status, env={"CHECKS_STATE_DIR": str(folder / "state")}
        ) as warm:
            warm.wait_for("ready:")
            with nagios(
                objects("a"), naemon=str(PROGRAM), query_socket=socket, retain_state_information="1", **settings
            ) as daemon:
                warm.wait_for("registered with Nagios")
                protect_links(daemon.folder)
                yield daemon, warm


def deploy(daemon: Nagios, *words: str | Path) -> subprocess.CompletedProcess[str]:
    pid = daemon.pid
    main = ("--main", daemon.folder / "nagios.cfg", "--engine", "naemon", "--reload", f"kill -HUP {pid}")
    return checkctl("nagios", "deploy", "--to", daemon.folder / "objects", *main, *words)


def jobs_of(warm: Worker) -> int:
    """Return the number of jobs that the worker has answered."""
    status = str(warm.folder / "status.sock")
    done = run_program(["checkwright-worker", "--status", "--json", "--status-socket", status])
    return int(json.loads(done.stdout)["counts"]["jobs"])


def seen(status: Status) -> PluginResult:
    return plugin_result(status.state, status.output, status.perfdata)


def test_all_environments_of_the_shop_verify(folder: Path) -> None:
    project = folder / "shop"
    shutil.copytree(SHOP, project, ignore=shutil.ignore_patterns("__pycache__", "tests"))
    use_naemon(project)
    for environment in ENVIRONMENTS:
        done = checkctl("--project", project, "nagios", "verify", environment)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"{environment}: verified by naemon -v, 0 findings" in done.stderr


def test_verify_reports_the_errors_of_naemon(folder: Path) -> None:
    from nagios_cfg.deployment.verify import verify

    build = {"nagios/a.cfg": objects("a")["frame.cfg"].replace("check_command        fine", "check_command absent")}
    build["nagios/hosts.cfg"] = objects("a")["hosts/all.cfg"]
    found = verify(build, nagios=str(PROGRAM))
    assert found.by == "naemon -v"
    assert any("absent" in finding.message and finding.severity == "error" for finding in found.findings)


def test_deployed_shop_runs_in_the_warm_worker(local: LocalShop, folder: Path, running: tuple[Nagios, Worker]) -> None:
    daemon, warm = running
    plan = plan_of(local)
    services = services_of(plan)
    done = deploy(daemon, folder / "build", "--adopt", "--loss", "100")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nagios runs with it" in done.stderr
    assert "Warning" not in done.stderr
    warm.wait_for("registered with Nagios", times=2)
    daemon.wait(lambda: set(daemon.services()) == set(services), "the services of the build")
    found = daemon.check_all_now(list(services))
    assert {place: seen(found[place]) for place in services} == {
        place: run_directly(plan, entry, place[0]) for place, entry in services.items()
    }
    # Those with env= are started by /usr/bin/env, so Naemon runs them itself.
    own = [one for one in services.values() if one.check and not one.env and one.transport != "passive"]
    assert jobs_of(warm) >= len(own) > 10

    status = checkctl("--project", local.project, "status", "here", "--nagios", daemon.folder / "status.dat")
    assert status.returncode == 0, status.stdout + status.stderr
    assert "systemd_unit" in status.stdout or "no problems" in status.stdout
    difference = checkctl(
        "--project", local.project, "nagios", "diff", "here", "--live", daemon.folder / "objects", "--check"
    )
    assert (difference.returncode, difference.stdout) == (0, "nothing differs\n")

    back = deploy(daemon, "--rollback")
    assert back.returncode == 0, back.stdout + back.stderr
    daemon.wait(lambda: set(daemon.hosts()) == {"a"}, "the old objects")


def test_reloads_end_while_a_worker_is_registered(running: tuple[Nagios, Worker]) -> None:
    # Without a process in the registration, about one of four reloads waited for a child that does not end.
    daemon, warm = running
    for number in range(2, RELOADS + 2):
        daemon.reload()
        warm.wait_for("registered with Nagios", times=number)
        wait_for_next_status(daemon)


def wait_for_next_status(daemon: Nagios) -> None:
    status = daemon.folder / "status.dat"
    before = status.stat().st_mtime_ns
    daemon.wait(lambda: status.stat().st_mtime_ns > before, "the next status.dat")


def test_refused_files_change_nothing(folder: Path, running: tuple[Nagios, Worker]) -> None:
    daemon, _ = running
    file = next(folder.glob("build/nagios/commands.cfg"))
    place(file, file.read_text().replace("command_line", "command_lime", 1))
    done = deploy(daemon, folder / "build", "--adopt", "--loss", "100")
    assert done.returncode == 2
    assert "naemon -v refuses" in done.stderr
    assert set(daemon.hosts()) == {"a"}
