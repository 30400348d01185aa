"""`checkwright-worker --gearman` as it is installed, between the real gearmand and the model of the broker module."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.broker import Broker, Service, encrypted, job_text, submit
from tests.support.gearmand import Gearmand, gearmand
from tests.support.installed import installed_bin
from tests.support.nagios import nagios, own, scratch
from tests.support.ports import free_port
from tests.support.real import require
from tests.support.services import services
from tests.support.worker import worker

pytestmark = pytest.mark.daemon

KEY = "a key of ours"


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as made:
        yield made


@pytest.fixture
def server(folder: Path) -> Iterator[Gearmand]:
    with gearmand(folder) as running:
        yield running


def key_file(folder: Path) -> str:
    """Write a key file that root gives to the worker's group alone."""
    file = folder / "key"
    file.write_text(f"{KEY}\n")
    file.chmod(0o640)
    if os.geteuid() == 0:
        shutil.chown(file, "root", "nagios")
    return str(file)


def foreign(program: str = "check_dummy") -> str:
    return require(program, package="monitoring-plugins-basic")


def test_worker_runs_own_checks_and_foreign_plugins(server: Gearmand, folder: Path) -> None:
    check = installed_bin() / "check"
    services: dict[Service, str] = {}
    expected: dict[Service, tuple[int, str]] = {}
    for number in range(200):
        own_check = ("web1", f"own {number}")
        services[own_check] = f"{check} dummy --state warning --text 'it is | {number}'"
        expected[own_check] = (1, f"DUMMY WARNING: State warning (it is ¦ {number})")
        if number % 10 == 0:
            other = ("web2", f"foreign {number}")
            services[other] = f"{foreign()} 2 'no {number}; $(id)'"
            expected[other] = (2, f"CRITICAL: no {number}; $(id)")
    services["web1", "no plugin"] = f"{os.path.dirname(foreign())}/check_none"
    services["web1", "shell"] = "/bin/sh -c 'exit 0'"
    services["web1", "no check"] = f"{check} none"
    words = ["--gearman", server.address, "--queue", "service", "--key-file", key_file(folder), "--name", "w1"]
    plugins = ["--plugins", os.path.dirname(foreign()), "--allow-plugin", "check_dummy", "--allow-plugin", "check_none"]
    with worker(folder, *words, *plugins) as running:
        running.wait_for("connected to gearmand")
        with Broker(server.port, services, key=KEY, orphan_after=60) as broker:
            broker.request()
            broker.wait()
        assert (broker.lost(), broker.answered_twice(), broker.unexpected) == ([], [], [])
        for service, (code, output) in expected.items():
            (found,) = broker.answers(service)
            assert (found.code, found.output) == (code, output)
            assert found.start <= found.finish
            assert found.source == "w1"
        for service, why in (
            (("web1", "no plugin"), "check_none on this worker, or its user may not run it"),
            (("web1", "shell"), "/bin/sh is not a plugin that this worker runs for jobs"),
            (("web1", "no check"), "NONE UNKNOWN: "),
        ):
            (found,) = broker.answers(service)
            assert found.code == 3 and why in found.output
        assert running.stop() == 0
    assert "stopped" in running.log()
    assert KEY not in running.log()
    assert "Traceback" not in running.log()


def test_hanging_plugin_is_answered_at_its_timeout(server: Gearmand, folder: Path) -> None:
    plugins = folder / "plugins"
    plugins.mkdir()
    hangs = plugins / "check_hangs"
    hangs.write_text("#!/bin/sh\nsleep 600\n")
    hangs.chmod(0o755)
    words = ["--gearman", server.address, "--queue", "service", "--plugins", str(plugins), "--allow-plugin", hangs.name]
    with worker(folder, *words) as running:
        running.wait_for("connected to gearmand")
        with Broker(server.port, {("h", "s"): str(hangs)}, key=None, orphan_after=60, timeout=2) as broker:
            broker.request()
            broker.wait()
            (found,) = broker.answers(("h", "s"))
    assert (found.code, found.output) == (3, "UNKNOWN: no answer within 2 s")
    assert "no key for gearman" in running.log()


def test_two_frontends_at_once(server: Gearmand, folder: Path) -> None:
    """A Nagios that does not run yet does not hold up the other frontend."""
    words = ["--socket", str(folder / "nagios.qh"), "--gearman", server.address, "--queue", "service"]
    with worker(folder, *words) as running:
        running.wait_for("connected to gearmand")
        running.wait_for("waiting for Nagios")
        command = f"{installed_bin() / 'check'} dummy"
        with Broker(server.port, {("h", "s"): command}, key=None, orphan_after=60) as broker:
            broker.request()
            broker.wait()
            (found,) = broker.answers(("h", "s"))
        assert found.code == 0
        assert running.stop() == 0


def test_real_nagios_and_gearmand_at_once(server: Gearmand, folder: Path) -> None:
    """Each gets its own answers, from the same processes."""
    own(folder)
    query, check = str(folder / "nagios.qh"), installed_bin() / "check"
    local = {f"s{number}": f"{check} dummy --text nagios-{number}" for number in range(20)}
    remote = {("there", f"s{number}"): f"{check} dummy --text gearman-{number}" for number in range(200)}
    words = ["--socket", query, "--gearman", server.address, "--queue", "service", "--key-file", key_file(folder)]
    with worker(folder, *words) as running, nagios(services(local), query_socket=query) as daemon:
        running.wait_for("registered with Nagios")
        running.wait_for("connected to gearmand")
        with Broker(server.port, remote, key=KEY, orphan_after=60) as broker:
            broker.request()
            found = daemon.check_all_now([("here", name) for name in local])
            broker.wait()
        assert running.stop() == 0
    for number in range(20):
        assert found["here", f"s{number}"].output == f"DUMMY OK: State ok (nagios-{number})"
    for number in range(200):
        (answer,) = broker.answers(("there", f"s{number}"))
        assert answer.output == f"DUMMY OK: State ok (gearman-{number})"
    assert broker.unexpected == []


def test_wrong_key_and_missing_gearmand_are_one_log_line_each(folder: Path) -> None:
    port = free_port()
    words = ["--gearman", f"127.0.0.1:{port}", "--queue", "service", "--key-file", key_file(folder)]
    with worker(folder, *words) as running:
        running.wait_for(f"gearmand 127.0.0.1:{port}: connection refused; trying again")
        server = Gearmand(folder, port)
        server.start()
        try:
            running.wait_for("connected to gearmand")
            for number in range(20):
                text = job_text("h", f"s{number}", "/bin/true", core_time=5.0)
                submit(port, "service", encrypted(text, "another key"))
            running.wait(lambda: server.status().get("service", (1, 0, 0))[0] == 0, "the jobs to be dropped")
        finally:
            server.kill()
        running.wait_for("it decrypts to noise: the key here is not the sender's")
    assert running.log().count("it decrypts to noise") == 1
    assert socket.gethostname()  # the default name of the worker
