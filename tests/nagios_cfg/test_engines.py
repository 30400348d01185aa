"""Differences between Nagios and Naemon, without either of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from checkwright.registry.plan import Engine, Plan
from nagios_cfg import engines, render
from nagios_cfg.deployment.preflight import _account
from nagios_cfg.engines import NAEMON, NAGIOS, engine_of_path, installed_engine, main_file_in
from nagios_cfg.engines import Engine as Facts
from tests.nagios_cfg.plans import NEAR, PRODUCTION


def built(engine: Engine) -> dict[str, str]:
    plan: Plan = replace(
        PRODUCTION, pools=(NEAR,), site=replace(PRODUCTION.site, engine=engine, perfdata="graphite:g.example.com:2003")
    )
    return render(plan)


def test_main_settings_and_readme_fit_the_engine() -> None:
    nagios, naemon = built("nagios"), built("naemon")
    assert "enable_environment_macros=0" in nagios["main.cfg"]
    assert "enable_environment_macros" not in naemon["main.cfg"]
    assert "broker_module=/usr/lib64/nagios-mod-gearman/nagios-mod-gearman.o " in nagios["main.cfg"]
    assert "broker_module=/usr/lib64/mod_gearman/mod_gearman_naemon.o " in naemon["main.cfg"]
    unit = "perfdata/checkwright-perfdata.service"
    assert "User=nagios\n" in nagios[unit]
    assert "User=naemon\n" in naemon[unit]
    assert "Before=nagios4.service nagios.service naemon.service\n" in naemon[unit]
    assert {path: text for path, text in nagios.items() if path.startswith("nagios/")} == {
        path: text for path, text in naemon.items() if path.startswith("nagios/")
    }


@pytest.mark.parametrize(
    ("path", "engine"),
    [
        ("/etc/naemon/naemon.cfg", NAEMON),
        ("/srv/x/naemon.cfg", NAEMON),
        ("/var/lib/naemon/naemon.qh", NAEMON),
        ("/etc/nagios4/nagios.cfg", NAGIOS),
        ("/home/naemons/nagios.cfg", NAGIOS),
        ("", NAGIOS),
    ],
)
def test_engine_of_a_path(path: str, engine: Facts) -> None:
    assert engine_of_path(path) is engine


def test_naemon_alone_is_the_engine_of_a_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_SBIN", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert installed_engine() is NAGIOS
    for name, engine in (("naemon", NAEMON), ("nagios4", NAGIOS)):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
        assert installed_engine() is engine


def test_main_file_in_a_folder(tmp_path: Path) -> None:
    assert main_file_in(tmp_path) is None
    (tmp_path / "naemon.cfg").write_text("")
    assert main_file_in(tmp_path) == tmp_path / "naemon.cfg"


def test_machine_without_an_account_for_naemon_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> None:
        raise KeyError(name)

    monkeypatch.setattr("pwd.getpwnam", unknown)
    with pytest.raises(OSError, match="does not run as root, and there is no account naemon or nagios"):
        _account("/nonexistent/status.dat")
