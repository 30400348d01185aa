"""The example project through the real gearmand: built files, the worker, and a model of the broker module."""

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

from checkwright.registry.plan import Plan
from tests.checkwright.worker.gearman.test_worker import KEY, key_file
from tests.end_to_end.direct_run import PluginResult, plan_of, plugin_result, run_directly, services_of, split
from tests.end_to_end.installed_tools import files_below, nagios_build
from tests.end_to_end.local_shop import make_local_shop
from tests.end_to_end.queued_commands import queued_commands, settings
from tests.end_to_end.shop_services import ShopServices
from tests.end_to_end.test_running_nagios import one_folder
from tests.support.broker import Broker, Connection, Service
from tests.support.gearmand import gearmand
from tests.support.installed import installed_bin
from tests.support.nagios import STATES, nagios, nrpe, own, place, precache
from tests.support.ports import free_port
from tests.support.real import require
from tests.support.worker import worker

pytestmark = pytest.mark.daemon

#: Path of the real module, if there is one.
MODULE = os.environ.get("CHECKWRIGHT_BROKER_MODULE", "")


def words_of(unit: str) -> list[str]:
    """Return the options in a built unit's command line."""
    (line,) = [line for line in unit.splitlines() if line.startswith("ExecStart=")]
    program, *words = shlex.split(line.removeprefix("ExecStart="))
    assert program == str(installed_bin() / "checkwright-worker")
    return words


def ask_worker(port: int, name: str) -> str:
    """Return a worker's answer to a status query, as check_gearman sends it."""
    with Connection(port) as line:
        line.send((7, (f"worker_{name}".encode(), b"", b"check")))
        while True:
            kind, body = line.receive()
            if kind == 13:
                return body.partition(b"\0")[2].decode()


def expected(plan: Plan, places: set[Service]) -> dict[Service, PluginResult]:
    services = services_of(plan)
    return {place: run_directly(plan, services[place], place[0]) for place in places}


def test_each_check_of_the_pool_has_the_result_of_a_direct_run(shop: ShopServices, folder: Path) -> None:
    require("check_ping", package="monitoring-plugins-basic")
    require("check_nrpe", package="nagios-nrpe-plugin")
    port = free_port()
    with gearmand(folder) as server:
        local = make_local_shop(
            folder, shop, transport="nrpe", nrpe_port=port, gearmand=(server.address, key_file(folder))
        )
        plan = plan_of(local)
        files = nagios_build(local.project, "here", folder / "build")
        handed = queued_commands(precache(files_below("nagios", files)), settings(files["gearman/broker.conf"]))
        pooled = {place: one.command for place, one in handed.items() if one.queue}
        assert {one.queue for one in handed.values()} == {"", "near.here"}
        # The pool pings hosts that name it, and queries their NRPE.
        assert {host for host, service in pooled if not service} == {"web-here", "db-here"}
        assert {place for place, command in pooled.items() if "check_nrpe" in command} == {
            ("db-here", "nrpe"),
            ("db-here", "backup"),
        }
        # Nagios itself runs checks that an override keeps from the pool, and those of gearmand.
        assert {place for place, one in handed.items() if not one.queue and place[1]} == {
            ("db-here", "tcp_port"),
            ("mon-here", "gearman"),
        }
        words = words_of(files["gearman/near/checkwright-worker.service"])
        with nrpe(port, one_folder(files_below("nrpe", files))), worker(folder, *words) as running:
            running.wait_for("connected to gearmand")
            with Broker(server.port, pooled, key=KEY, queue="near.here", orphan_after=60) as broker:
                broker.request()
                broker.wait()
            assert running.stop() == 0
        assert (broker.lost(), broker.answered_twice(), broker.unexpected) == ([], [], [])
        found = {place: broker.answers(place)[0] for place in pooled}
        assert [found[host, ""].code for host in ("web-here", "db-here")] == [0, 0]
        assert found["db-here", "nrpe"].output.startswith("NRPE v")
        checks = services_of(plan).keys() & pooled.keys()
        assert {
            place: plugin_result(STATES[found[place].code], *split(found[place].output)) for place in checks
        } == expected(plan, checks)
        assert len(checks) > 15
        assert "Traceback" not in running.log()


@pytest.mark.skipif(not MODULE, reason="no broker module: name one by CHECKWRIGHT_BROKER_MODULE")
def test_real_module_reads_built_files(shop: ShopServices, folder: Path) -> None:
    with gearmand(folder) as server:
        local = make_local_shop(folder, shop, gearmand=(server.address, key_file(folder)))
        plan = plan_of(local)
        files = nagios_build(local.project, "here", folder / "build")
        module = shutil.copy(MODULE, folder / "module.o")
        conf = place(folder / "broker.conf", files["gearman/broker.conf"] + f"logfile={folder / 'module.log'}\n")
        own(place(folder / "module.log", "", mode=0o666))
        more = {"broker_module": f"{module} config={conf}", "event_broker_options": "-1"}
        with worker(folder, *words_of(files["gearman/near/checkwright-worker.service"]), "--name", "w1") as running:
            running.wait_for("connected to gearmand")
            with nagios(files_below("nagios", files), **more) as daemon:
                found = daemon.wait_until_checked(len(services_of(plan)))
                direct_results = expected(plan, set(found))
            worker_status = ask_worker(server.port, "w1")
            assert running.stop() == 0
        assert {
            place: plugin_result(one.state, one.output, one.perfdata) for place, one in found.items()
        } == direct_results
        jobs = re.search(r"jobs=(\d+)c", worker_status)
        # Nagios runs three itself, and hosts are checked too.
        assert jobs and int(jobs[1]) >= len(found) - 3, worker_status
        assert "Traceback" not in running.log()
