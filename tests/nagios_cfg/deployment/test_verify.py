"""Tests of verification by the real nagios4 and by the rules in Python: the same damage gives the same origins."""

from importlib import import_module

import pytest

from checkwright.registry.plan import Plan
from nagios_cfg import render, verify
from tests.nagios_cfg.plans import CLOUD, OFFICE, PRODUCTION, SPLIT, large, moved
from tests.support.real import require

PLANS = {"production": PRODUCTION, "split": SPLIT, "cloud": CLOUD, "large": large(300, 20)}

# Damage to a rendered file: file, old text, new text, and the origin of the damaged object.
DAMAGE = {
    "unknown command": (
        "services/payments-api.cfg",
        "check_command        payments-api.disk.production",
        "check_command gone",
        "shop/fleet/payments.py:13",
    ),
    "unknown hostgroup of a service": (
        "services/relay.cfg",
        "relay.production",
        "gone.production",
        "shop/fleet/platform.py:9",
    ),
    "unknown hostgroup of a host": (
        "hosts.cfg",
        "hostgroups      relay.production",
        "hostgroups gone",
        "shop/fleet/environments.py:33",
    ),
    "unknown template": (
        "services/relay.cfg",
        "checkwright.service.production",
        "gone",
        "shop/fleet/platform.py:9",
    ),
    "unknown parent": (
        "hosts.cfg",
        "host_name       relay\n",
        "host_name       relais\n",
        "shop/fleet/environments.py:30",
    ),
    "unknown contact of a group": (
        "contacts.cfg",
        "members            payments.page.production",
        "members gone",
        "shop/fleet/payments.py:7",
    ),
    "unknown notification command": (
        "contacts.cfg",
        "checkwright.notify-host-by-page.production\n",
        "gone\n",
        "shop/fleet/payments.py:7",
    ),
    "unknown timeperiod": (
        "services/payments-api.cfg",
        "always.but.backup.production",
        "gone",
        "shop/fleet/payments.py:15",
    ),
    "host twice": (
        "hosts.cfg",
        "host_name       pay-2",
        "host_name       pay-3",
        "shop/fleet/environments.py:32",
    ),
    "own parent": (
        "hosts.cfg",
        "address         relay.example.com",
        "address         relay.example.com\n    parents relay",
        "shop/fleet/environments.py:33",
    ),
}

# Damage that only Nagios finds, or that the rules in Python report for another host.
ONLY_NAGIOS = {
    "circle of parents": (
        "hosts.cfg",
        "address         relay.example.com",
        "address         relay.example.com\n    parents pay-1",
        "shop/fleet/environments.py:33",
    ),
    "unknown directive": (
        "hosts.cfg",
        "address         relay.example.com",
        "adress         relay.example.com",
        "shop/fleet/environments.py:33",
    ),
    "attempts": (
        "services/payments-api.cfg",
        "max_check_attempts   5",
        "max_check_attempts   0",
        "shop/fleet/payments.py:15",
    ),
}


@pytest.fixture
def nagios4() -> str:
    return require("nagios4", package="nagios4-core")


@pytest.fixture
def without_nagios(monkeypatch: pytest.MonkeyPatch) -> None:
    # import_module, because nagios_cfg.verify is the function and hides the module.
    monkeypatch.setattr(import_module("nagios_cfg.deployment.verify"), "find_nagios", lambda engine: None)


def damaged(file: str, old: str, new: str) -> dict[str, str]:
    files = render(PRODUCTION)
    assert old in files[f"nagios/{file}"]
    return {**files, f"nagios/{file}": files[f"nagios/{file}"].replace(old, new, 1)}


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_nagios_accepts_rendered_files(plan: Plan, nagios4: str) -> None:
    verified = verify(render(plan), nagios=nagios4)
    assert (verified.by, verified.findings) == ("nagios4 -v", ())


def test_one_nagios_can_include_several_environments(nagios4: str) -> None:
    plans = (PRODUCTION, moved(PRODUCTION, "staging"), moved(SPLIT, "qa"), moved(PRODUCTION, "dev"))
    assert verify(*map(render, plans), nagios=nagios4).findings == ()


@pytest.mark.usefixtures("without_nagios")
def test_verify_without_nagios_uses_rules_in_python() -> None:
    verified = verify(*(render(moved(PRODUCTION, name)) for name in ("staging", "dev")))
    assert (verified.by, verified.findings) == ("rules in Python", ())


@pytest.mark.parametrize(
    ("file", "old", "new", "origin"), [*DAMAGE.values(), *ONLY_NAGIOS.values()], ids=[*DAMAGE, *ONLY_NAGIOS]
)
def test_finding_of_nagios_has_the_origin_in_the_registry(
    nagios4: str, file: str, old: str, new: str, origin: str
) -> None:
    findings = verify(damaged(file, old, new), nagios=nagios4).findings
    assert {finding.id for finding in findings} == {"N020"}
    assert origin in {str(finding.origin) for finding in findings if finding.severity == "error"}
    assert not any("/tmp/" in finding.message for finding in findings)


@pytest.mark.usefixtures("without_nagios")
@pytest.mark.parametrize(("file", "old", "new", "origin"), DAMAGE.values(), ids=DAMAGE)
def test_finding_of_the_rules_has_the_origin_in_the_registry(file: str, old: str, new: str, origin: str) -> None:
    findings = verify(damaged(file, old, new)).findings
    assert {finding.id for finding in findings} == {"N021"}
    assert origin in {str(finding.origin) for finding in findings}


@pytest.mark.usefixtures("without_nagios")
def test_rules_report_the_line_of_an_unreadable_file_of_services() -> None:
    damage = damaged("services/payments-api.cfg", "define service {\n", "define service\n")
    (finding,) = verify(damage).findings
    assert (finding.id, str(finding.origin)) == ("N021", "nagios/services/payments-api.cfg:5")


@pytest.mark.usefixtures("without_nagios")
def test_rules_report_a_service_that_a_host_has_twice() -> None:
    files = render(PRODUCTION)
    services = files["nagios/services/relay.cfg"]
    findings = verify({**files, "nagios/services/relay.cfg": services + services[services.index("define") :]}).findings
    assert {finding.id for finding in findings} == {"N021"}
    assert all("is twice on host 'relay'" in finding.message for finding in findings)


def test_warning_of_nagios_is_a_warning(nagios4: str) -> None:
    file = damaged(
        "templates.cfg",
        "max_check_attempts      3\n    check_period            always.production\n    notification_interval",
        "max_check_attempts      3\n    notification_interval",
    )
    findings = verify(file, nagios=nagios4).findings
    assert {finding.severity for finding in findings} == {"warning"}
    (of_disk,) = [finding for finding in findings if "'disk'" in finding.message]
    assert str(of_disk.origin) == "shop/fleet/payments.py:13"
    assert of_disk.message.endswith("(and 2 more like it)")


def test_unclosed_definition_is_reported_with_its_file(nagios4: str) -> None:
    broken = damaged("services/relay.cfg", "}", "")
    for finding in verify(broken, nagios=nagios4).findings:
        if "services/relay.cfg" in finding.message:
            return
    pytest.fail("the file is not named")


@pytest.mark.usefixtures("without_nagios")
def test_unreadable_file_is_reported_with_its_line_by_the_rules() -> None:
    broken = damaged("services/relay.cfg", "}", "")
    (finding,) = verify(broken).findings
    assert str(finding).startswith("nagios/services/relay.cfg:5: error N021: the service that starts here")


def test_lines_that_stop_nrpe_are_findings(nagios4: str) -> None:
    files = {**render(CLOUD), "nrpe/roles/x.cfg": f"# fine\ncommand[x]=/x {'y' * 2000}\ncommand[x]\n"}
    assert [str(finding) for finding in verify(files, nagios=nagios4).findings] == [
        "nrpe/roles/x.cfg:2: error N022: a line of 2014 bytes, above the limit of 2000: "
        "a line above 2046 bytes stops the NRPE daemon",
        "nrpe/roles/x.cfg:3: error N022: a line without = stops the NRPE daemon",
    ]


def test_nagios_that_cannot_be_run_is_a_finding() -> None:
    (finding,) = verify(render(CLOUD), nagios="/nowhere/nagios4").findings
    assert finding.severity == "error"
    assert "/nowhere/nagios4 cannot be run" in finding.message


def test_nagios_that_fails_without_output_is_a_finding() -> None:
    (finding,) = verify(render(CLOUD), nagios="/bin/false").findings
    assert "/bin/false -v failed with status 1" in finding.message


def test_nagios_refuses_hours_after_midnight(nagios4: str) -> None:
    files = damaged("timeperiods.cfg", OFFICE.times[1][1], "09:00-25:00")
    (finding, *_) = verify(files, nagios=nagios4).findings
    assert str(finding.origin) == "shop/fleet/payments.py:5"
