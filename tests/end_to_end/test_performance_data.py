"""Performance data of a real Nagios in a real InfluxDB, Graphite and Prometheus, with kills and stops on the way."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checkwright.registry.plan import Plan
from checkwright.registry.plan_json import dumps
from nagios_cfg import perfdata, render
from tests.end_to_end.test_status_of_nagios import plan as one_host
from tests.support.carbon import CarbonServer, carbon
from tests.support.influxdb import PASSWORD, USER, InfluxServer, influxdb
from tests.support.installed import ROOT
from tests.support.nagios import Nagios, nagios, own, scratch
from tests.support.ports import free_port
from tests.support.prometheus_server import prometheus

pytestmark = pytest.mark.daemon

COUNT = 60
#: Data that a shell, or a field's end, must not see.
HOSTILE = "'a;b'=1 $(touch /tmp/checkwright-owned)=2 x\tHOSTNAME::other=3 `id`=4 ü=5"


def plan(place: str, login: str = "") -> Plan:
    made = one_host()
    names = [f"n{number}" for number in range(COUNT)]
    entries = tuple(replace(made.entries[0], id=f"web:{name}", name=name) for name in names)
    return replace(made, entries=entries, site=replace(made.site, perfdata=place, perfdata_login=login))


@contextmanager
def running_nagios(made: Plan, folder: Path) -> Iterator[Nagios]:
    """Run a Nagios with the build's own settings for performance data, in a folder in place of perfdata.FOLDER."""
    files = {path: text.replace(perfdata.FOLDER, str(folder)) for path, text in render(made).items()}
    lines = [line for line in files["main.cfg"].splitlines() if "perf" in line and not line.startswith("#")]
    settings = dict(line.split("=", 1) for line in lines) | {"service_perfdata_file_processing_interval": "1"}
    objects = {path.removeprefix("nagios/"): text for path, text in files.items() if path.startswith("nagios/")}
    with nagios(objects, **settings) as running:
        yield running


class Sender:
    """Process of the sender, with the build's own command line. It may be killed and started again."""

    def __init__(self, made: Plan, folder: Path, own: Path, *further: str) -> None:
        own.mkdir(exist_ok=True)
        (own / "plan.json").write_text(dumps(made))
        (own / "plan.json").chmod(0o600)
        argv = perfdata.sender_argv(made)[1:]
        words = [word.replace(perfdata.FOLDER, str(folder)) for word in argv]
        words[words.index("--plan") + 1] = str(own / "plan.json")
        words[words.index("--store") + 1] = str(own / "store")
        self._words = [*words, *further]
        self._log = own / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        code = "from checkwright.batch.batch_program import main; main()"
        with self._log.open("ab") as log:
            argv = [sys.executable, "-c", code, *self._words]
            self._process = subprocess.Popen(argv, cwd=ROOT, stdout=log, stderr=log)

    def end(self, number: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(60)

    def log(self) -> str:
        return self._log.read_text()


def spool(folder: Path) -> Path:
    made = folder / "spool"
    made.mkdir()
    own(made)
    return made


def send(running: Nagios, numbers: range) -> None:
    for number in numbers:
        running.send(f"PROCESS_SERVICE_CHECK_RESULT;web;n{number};0;fine|value={number}.5s;;;0 {HOSTILE}")
        time.sleep(0.02)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


def test_every_value_is_in_influxdb_once_in_spite_of_kills(stack: ExitStack, tmp_path: Path) -> None:
    folder = stack.enter_context(scratch())
    for name in ("influxdb", "carbon"):
        (tmp_path / name).mkdir()
    influx: InfluxServer = stack.enter_context(influxdb(tmp_path / "influxdb"))
    graphite: CarbonServer = stack.enter_context(carbon(tmp_path / "carbon"))
    login = tmp_path / "login"
    login.write_text(f"{USER}:{PASSWORD}")
    spool(folder)
    made = plan(f"influxdb:http://{influx.address}/nagios", str(login))
    page = free_port()
    further = ("--to", f"graphite:127.0.0.1:{graphite.port}", "--to", f"prometheus:{page}")
    sender = Sender(made, folder, tmp_path / "sender", *further)
    sender.start()
    stack.callback(lambda: sender.end(signal.SIGKILL))
    (tmp_path / "prometheus").mkdir()
    server = stack.enter_context(prometheus(tmp_path / "prometheus", scrape=f"127.0.0.1:{page}"))
    running = stack.enter_context(running_nagios(made, folder))

    def stored() -> list[dict[str, Any]]:
        return influx.query("SELECT * FROM /.*/ WHERE gauge = 'value'", "nagios")

    send(running, range(20))
    running.wait(lambda: bool(stored()), "the first values")
    sender.end(signal.SIGKILL)
    send(running, range(20, 40))
    running.wait(lambda: len(list((folder / "spool").iterdir())) > 1, "files that wait")
    sender.start()
    influx.stop()
    time.sleep(1)
    sender.end(signal.SIGKILL)
    sender.start()
    send(running, range(40, COUNT))
    influx.start()
    running.wait(lambda: len(stored()) == COUNT, "all values")
    found = {row["watch"]: row["value"] for row in stored()}
    assert found == {f"n{number}": number + 0.5 for number in range(COUNT)}
    running.wait(
        lambda: not [one for one in (folder / "spool").iterdir() if one.name.startswith("service-perfdata.")],
        "an empty folder",
    )
    hostile = {row["gauge"] for row in influx.query("SELECT * FROM /.*/ WHERE watch = 'n7'", "nagios")}
    assert {"a;b", "$(touch", "`id`", "ü"} & hostile
    assert not os.path.exists("/tmp/checkwright-owned")
    assert {row["host"] for row in stored()} == {"web"}

    def in_graphite() -> set[str]:
        return {name for name in graphite.metrics() if name.endswith(".value")}

    running.wait(lambda: in_graphite() == {f"checkwright.test.web.n{n}.value" for n in range(COUNT)}, "files of carbon")
    running.wait(lambda: list(graphite.values("checkwright.test.web.n59.value").values()) == [59.5], "carbon's value")

    def in_prometheus() -> set[str]:
        query = urllib.parse.urlencode({"query": 'check_plugin_value_seconds{label="value"}'})
        with urllib.request.urlopen(f"{server}/api/v1/query?{query}", timeout=30) as answer:
            return {one["metric"]["watch"] for one in json.load(answer)["data"]["result"]}

    # A page has the results since the last start of the sender.
    running.wait(lambda: {f"n{number}" for number in range(40, COUNT)} <= in_prometheus(), "a scrape")
    assert sender.end(signal.SIGTERM) == 0
    sender.start()
    assert "Traceback" not in sender.log()


def test_files_for_pnp_have_a_line_for_each_result(stack: ExitStack, tmp_path: Path) -> None:
    folder = stack.enter_context(scratch())
    (folder / "npcd").mkdir()
    own(folder)
    made = plan(f"pnp:{folder}/npcd")
    assert perfdata.sender_argv(made) == ()
    running = stack.enter_context(running_nagios(made, folder))
    send(running, range(3))

    def lines() -> list[str]:
        return [line for file in sorted((folder / "npcd").iterdir()) for line in file.read_text().splitlines()]

    running.wait(lambda: len(lines()) == 3, "three lines")
    for number, line in enumerate(sorted(lines())):
        # As process_perfdata.pl of PNP4Nagios reads a line: the last field of a name counts.
        fields = dict(part.split("::", 1) for part in line.split("\t") if "::" in part)
        assert (fields["DATATYPE"], fields["HOSTNAME"], fields["SERVICEDESC"]) == (
            "SERVICEPERFDATA",
            "web",
            f"n{number}",
        )
        assert fields["SERVICEPERFDATA"].startswith(f"value={number}.5s;;;0 'a;b'=1")
        assert fields["SERVICESTATE"] == "OK"
        assert fields["TIMET"].isdigit()
    assert not os.path.exists("/tmp/checkwright-owned")
