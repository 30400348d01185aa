"""The real broker module in a real Nagios, if CHECKWRIGHT_BROKER_MODULE names one.

It is in no Debian package. tests/support/broker.py is its model in all other tests.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.checkwright.worker.gearman.test_faults import Workers, go_wrong, services
from tests.checkwright.worker.gearman.test_worker import key_file
from tests.support.broker import Service
from tests.support.gearmand import Gearmand, gearmand
from tests.support.nagios import Nagios, nagios, own, place, scratch
from tests.support.stalling import stalling

MODULE = os.environ.get("CHECKWRIGHT_BROKER_MODULE", "")
SERVICES = 2_000
A_SECOND = 100
STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
#: Seconds after which a check is requested again by hand. Nagios itself would wait for more than ten minutes.
PATIENCE = 15.0

pytestmark = pytest.mark.skipif(not MODULE, reason="no broker module: name one by CHECKWRIGHT_BROKER_MODULE")

BASE = """
define timeperiod {
    timeperiod_name always
    alias           always
    sunday          00:00-24:00
    monday          00:00-24:00
    tuesday         00:00-24:00
    wednesday       00:00-24:00
    thursday        00:00-24:00
    friday          00:00-24:00
    saturday        00:00-24:00
}
define hostgroup {
    hostgroup_name  web
    alias           web
}
define contact {
    contact_name                  nobody
    host_notification_period      always
    service_notification_period   always
    host_notification_options     n
    service_notification_options  n
    host_notification_commands    run
    service_notification_commands run
}
define command {
    command_name run
    command_line $ARG1$
}
"""


def objects(commands: dict[Service, str]) -> str:
    """Return Nagios's objects: services whose commands run once at the start, then on request."""
    common = "check_period always\nnotification_period always\ncontacts nobody\nmax_check_attempts 1\n"
    text = [BASE]
    for host in sorted({host for host, _ in commands}):
        text.append(f"define host {{\nhost_name {host}\naddress 127.0.0.1\nhostgroups web\n{common}}}\n")
    for (host, service), command in commands.items():
        text.append(
            f"define service {{\nhost_name {host}\nservice_description {service}\ncheck_command run!{command}\n"
            f"check_interval 36000\nretry_interval 36000\n{common}}}\n"
        )
    return "".join(text)


@contextmanager
def nagios_with_module(folder: Path, server: Gearmand, text: str) -> Iterator[Nagios]:
    module = folder / "module.o"
    module.write_bytes(Path(MODULE).read_bytes())
    module.chmod(0o755)
    settings = {
        "server": server.address,
        "logfile": str(folder / "module.log"),
        "services": "yes",
        "hosts": "yes",
        "eventhandler": "no",
        "hostgroups": "web",
        "encryption": "yes",
        "keyfile": key_file(folder),
        "use_uniq_jobs": "on",
        "result_workers": "1",
        "perfdata": "no",
    }
    conf = place(folder / "module.conf", "".join(f"{name}={value}\n" for name, value in settings.items()))
    (folder / "module.log").touch(mode=0o666)
    own(folder / "module.log")
    more = {"broker_module": f"{module} config={conf}", "event_broker_options": "-1", "interval_length": "1"}
    with nagios({"objects.cfg": text}, **more) as running:
        yield running


class Impatient:
    """Requests checks by external commands, and again if they are not answered in time."""

    def __init__(self, running: Nagios) -> None:
        self._nagios = running
        self._pending: dict[Service, int] = {}

    def ask(self, services: Sequence[Service]) -> None:
        began = time.monotonic()
        for position, service in enumerate(services):
            time.sleep(max(0.0, began + position / A_SECOND - time.monotonic()))
            self._send(service)

    def is_pending(self, service: Service) -> bool:
        return service in self._pending

    def forgotten(self) -> None:
        """Do nothing: Nagios notices, or `wait` requests the checks again."""

    def unanswered(self) -> list[Service]:
        found = self._nagios.services()
        return [service for service, moment in self._pending.items() if found[service].last_check < moment]

    def wait(self) -> None:
        end = time.monotonic() + 180
        again = time.monotonic() + PATIENCE
        while left := self.unanswered():
            assert time.monotonic() < end, f"{len(left)} services are not answered, such as {left[:3]}"
            if time.monotonic() > again:
                self.ask(left)
                again = time.monotonic() + PATIENCE
            time.sleep(0.5)

    def _send(self, service: Service) -> None:
        while True:
            try:
                now = int(time.time())
                self._nagios.send(f"SCHEDULE_FORCED_SVC_CHECK;{service[0]};{service[1]};{now}")
                self._pending.setdefault(service, now)
                return
            except BlockingIOError:
                time.sleep(0.05)


def test_nothing_is_lost_or_misattributed_in_a_real_nagios() -> None:
    with scratch() as folder, gearmand(folder) as server, stalling(server.port) as network:
        commands = services(folder, SERVICES)
        with Workers(folder, "--queue", "hostgroup_web") as workers:
            for address in (server.address, f"127.0.0.1:{network.port}"):
                workers.start(address)
            with nagios_with_module(folder, server, objects(commands)) as running:
                running.wait(
                    lambda: all(one.checked for one in running.services().values()), "every service to be checked"
                )
                time.sleep(1.1)  # Nagios counts in whole seconds
                player = Impatient(running)
                go_wrong(player, list(commands), server, network, workers, "hostgroup_web")
                player.wait()
                found = running.services()
            logs = [one.log() for one in workers.started]
    assert len(found) == SERVICES
    for (_, name), status in found.items():
        number = int(name.split()[1])
        assert f"this is {number}." in status.output
        assert status.state == STATES[number % 4]
    assert [log for log in logs if "Traceback" in log] == []
