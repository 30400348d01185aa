"""Settings, command and unit for performance data. end_to_end/test_performance_data.py runs them."""

from dataclasses import replace

import pytest

from checkwright.registry.plan import Plan
from nagios_cfg import render
from nagios_cfg.perfdata import sender_argv
from tests.nagios_cfg.plans import PRODUCTION
from tests.support.nagios import preflight


def plan(place: str, login: str = "") -> Plan:
    return replace(PRODUCTION, site=replace(PRODUCTION.site, perfdata=place, perfdata_login=login))


SINKS = {
    "influxdb:https://db:8086/nagios": "influxdb:https://db:8086/nagios",
    "graphite:carbon:2003": "graphite:carbon:2003",
    "prometheus": "prometheus:127.0.0.1:9108",
    "prometheus:10.0.0.1:9200": "prometheus:10.0.0.1:9200",
}


@pytest.mark.parametrize(("place", "sink"), SINKS.items())
def test_sender_gets_the_place(place: str, sink: str) -> None:
    files = render(plan(place))
    unit = files["perfdata/checkwright-perfdata.service"]
    assert f" --to {sink} --store " in unit
    assert "NoNewPrivileges=yes" in unit
    assert "service_perfdata_file=/var/lib/checkwright-perfdata/spool/service-perfdata\n" in files["main.cfg"]
    assert "checkwright-perfdata.service   for /etc/systemd/system" in files["README.txt"]


def test_login_is_the_path_of_a_file() -> None:
    argv = sender_argv(plan("influxdb:http://db:8086/nagios", "/etc/checkwright/secrets/influxdb"))
    assert "influxdb:http://db:8086/nagios,secret=/etc/checkwright/secrets/influxdb" in argv


def test_nothing_changes_without_a_place() -> None:
    files = render(PRODUCTION)
    assert not [path for path in files if path.startswith("perfdata/")]
    assert "perfdata" not in files["main.cfg"] + files["README.txt"] + files["nagios/commands.cfg"]


def test_command_has_no_text_of_plugins() -> None:
    text = render(plan("graphite:carbon:2003"))["nagios/commands.cfg"]
    folder = "/var/lib/checkwright-perfdata/spool/service-perfdata"
    assert f"/bin/mv -n {folder} {folder}.$TIMET$\n" in text
    assert "PERFDATA$" not in text


def test_npcd_gets_its_folder_and_no_sender() -> None:
    files = render(plan("pnp:/var/spool/pnp4nagios/npcd/"))
    assert not [path for path in files if path.startswith("perfdata/")]
    assert (
        "/bin/mv -n /var/spool/pnp4nagios/service-perfdata /var/spool/pnp4nagios/npcd/service-perfdata.$TIMET$"
        in (files["nagios/commands.cfg"])
    )
    template = next(
        line for line in files["main.cfg"].splitlines() if line.startswith("service_perfdata_file_template")
    )
    names = [field.partition("::")[0] for field in template.partition("=")[2].split(r"\t")]
    assert names[0] == "SERVICEPERFDATA"
    assert {"DATATYPE", "TIMET", "HOSTNAME", "SERVICEDESC", "SERVICECHECKCOMMAND", "SERVICESTATE"} <= set(names[1:])


@pytest.mark.daemon
def test_nagios_accepts_the_settings() -> None:
    files = render(plan("prometheus"))
    lines = [line for line in files["main.cfg"].splitlines() if "perf" in line and not line.startswith("#")]
    objects = {path.removeprefix("nagios/"): text for path, text in files.items() if path.startswith("nagios/")}
    out = preflight(objects, **dict(line.split("=", 1) for line in lines))
    assert "Total Errors:   0" in out
