"""Every directive of a host, service or contact is compared, or documented as one without effect."""

import re
from pathlib import Path

import pytest

from nagios_cfg.comparison.compare_live import compare_live
from nagios_cfg.reader import read
from nagios_cfg.reader.directives import COMPARED, WITHOUT_EFFECT
from tests.support.nagios import precache

COMMANDS = """
define command {
    command_name  look
    command_line  /bin/true $ARG1$
}
define command {
    command_name  mail
    command_line  /usr/bin/mail -s x $CONTACTEMAIL$
}
define command {
    command_name  call
    command_line  /usr/bin/mail -s x $CONTACTPAGER$
}
define timeperiod {
    timeperiod_name  always
    alias            Always
    monday           00:00-24:00
    tuesday          00:00-24:00
}
define timeperiod {
    timeperiod_name  day
    alias            Day
    monday           08:00-20:00
}
define servicegroup {
    servicegroup_name  else
    alias              Else
}
define host {
    host_name           other
    check_command       look
    max_check_attempts  1
    contacts            bob
}
define service {
    host_name            other
    service_description  else
    check_command        look
    max_check_attempts   1
    contacts             bob
}
define contact {
    contact_name                   bob
    email                          bob@example.com
    host_notification_commands     mail
    service_notification_commands  mail
    host_notification_period       always
    service_notification_period    always
    host_notification_options      d,r
    service_notification_options   w,u,c,r
}
define contactgroup {
    contactgroup_name  both
    alias              Both
    members            ada,bob
}
"""
OBJECTS = {
    "contact": {
        "contact_name": "ada",
        "email": "ada@example.com",
        "pager": "ada-pager",
        "host_notification_commands": "mail,call",
        "service_notification_commands": "mail,call",
        "host_notification_period": "always",
        "service_notification_period": "always",
        "host_notification_options": "d,u,r",
        "service_notification_options": "w,u,c,r",
    },
    "host": {
        "host_name": "web-1",
        "address": "127.0.0.1",
        "check_command": "look!host",
        "max_check_attempts": "3",
        "contacts": "ada",
        "event_handler": "look!handle",
    },
    "service": {
        "host_name": "web-1",
        "service_description": "x",
        "check_command": "look!service",
        "max_check_attempts": "3",
        "contacts": "ada",
        "event_handler": "look!handle",
    },
}
VALUES = {
    "check_command": "look!elsewhere",
    "check_interval": "7",
    "normal_check_interval": "7",
    "retry_interval": "7",
    "retry_check_interval": "7",
    "max_check_attempts": "7",
    "active_checks_enabled": "0",
    "passive_checks_enabled": "0",
    "check_period": "day",
    "check_freshness": "1",
    "freshness_threshold": "60",
    "contacts": "ada,bob",
    "contact_groups": "both",
    "notifications_enabled": "0",
    "notification_period": "day",
    "notification_options": "c,d",
    "notification_interval": "7",
    "first_notification_delay": "7",
    "event_handler": "look!another",
    "event_handler_enabled": "0",
    "flap_detection_enabled": "0",
    "flap_detection_options": "o",
    "low_flap_threshold": "7",
    "high_flap_threshold": "70",
    "stalking_options": "o",
    "obsess": "0",
    "obsess_over_host": "0",
    "obsess_over_service": "0",
    "process_perf_data": "0",
    "retain_status_information": "0",
    "retain_nonstatus_information": "0",
    "initial_state": "u",
    "importance": "7",
    "hourly_value": "7",
    "address": "127.0.0.7",
    "is_volatile": "1",
    "email": "eve@example.com",
    "pager": "eve-pager",
    "service_notification_commands": "mail",
    "host_notification_commands": "mail",
    "service_notifications_enabled": "0",
    "host_notifications_enabled": "0",
    "service_notification_period": "day",
    "host_notification_period": "day",
    "service_notification_options": "c",
    "host_notification_options": "d",
    "minimum_importance": "7",
    "minimum_value": "7",
}
#: Directives that name the object, and are tested where names are.
NAMES = {"host_name", "service_description", "contactgroups"}
#: Changes that need another directive, which both sides have.
ALONGSIDE = {"freshness_threshold": {"check_freshness": "1"}}
#: Directives with another aspect in this test, because nobody is left to notify.
MUTED = {
    "minimum_importance": "recipients",
    "minimum_value": "recipients",
}


def objects(kind: str, **settings: str) -> str:
    text = COMMANDS
    for each, stated in OBJECTS.items():
        merged = {**stated, **(settings if each == kind else {})}
        text += f"define {each} {{\n" + "".join(f"    {name}  {value}\n" for name, value in merged.items()) + "}\n"
    return text


def written(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "objects.cfg").write_text(text)
    return folder


def cases() -> list[tuple[str, str]]:
    return [(kind, name) for kind, directives in COMPARED.items() for name in directives if name not in NAMES]


@pytest.mark.parametrize(("kind", "directive"), cases())
def test_a_change_of_a_directive_is_shown(tmp_path: Path, kind: str, directive: str) -> None:
    alongside = ALONGSIDE.get(directive, {})
    value = "other" if (kind, directive) == ("host", "parents") else VALUES.get(directive, "else")
    texts = [objects(kind, **alongside), objects(kind, **alongside, **{directive: value})]
    before, after = (read([written(tmp_path / name, text)]) for name, text in zip("ab", texts, strict=True))
    found = compare_live(before, after, str, {})
    shown = {what for change in found.changes for what in change.settings}
    assert MUTED.get(directive, COMPARED[kind][directive]) in shown
    assert not compare_live(before, before, str, {})


def test_no_directive_that_nagios_knows_is_forgotten() -> None:
    expanded = precache({"objects.cfg": objects("host", parents="other")})
    for kind in COMPARED:
        blocks = re.findall(rf"^define {kind} {{\n(.*?)^\s*}}", expanded, re.MULTILINE | re.DOTALL)
        written = {line.split()[0] for block in blocks for line in block.splitlines()}
        assert len(written) > 10
        assert not written - COMPARED[kind].keys() - WITHOUT_EFFECT[kind].keys()
    assert all(reason for directives in WITHOUT_EFFECT.values() for reason in directives.values())
    assert not any(COMPARED[kind].keys() & WITHOUT_EFFECT[kind].keys() for kind in COMPARED)


RELATIONS = {
    "a dependency on the same host": (
        "define servicedependency {\nhost_name web-1\nservice_description x\n"
        "dependent_service_description y\nexecution_failure_criteria c\n}\n",
        "y on web-1",
        "x (no check at c)",
    ),
    "a dependency on another host": (
        "define servicedependency {\nhost_name other\nservice_description else\ndependent_host_name web-1\n"
        "dependent_service_description y\nnotification_failure_criteria w,u,c\n}\n",
        "y on web-1",
        "other: else (no notification at c,u,w)",
    ),
    "a dependency of hosts": (
        "define hostdependency {\nhost_name other\ndependent_host_name web-1\nnotification_failure_criteria d\n}\n",
        "web-1",
        "other (no notification at d)",
    ),
    "a dependency on a servicegroup": (
        "define servicegroup {\nservicegroup_name g\nalias G\nmembers other,else\n}\n"
        "define servicedependency {\nservicegroup_name g\ndependent_host_name web-1\n"
        "dependent_service_description y\nexecution_failure_criteria u\n}\n",
        "y on web-1",
        "other: else (no check at u)",
    ),
    "an escalation": (
        "define serviceescalation {\nhost_name web-1\nservice_description *\ncontacts bob\n"
        "first_notification 3\nlast_notification 0\nnotification_interval 30\nescalation_period day\n}\n",
        "y on web-1",
        "bob@example.com from notification 3 on every 1800 s in monday 08:00-20:00",
    ),
    "an escalation of a host": (
        "define hostescalation {\nhost_name web-1\ncontact_groups both\nfirst_notification 2\n"
        "last_notification 4\nnotification_interval 0\n}\n",
        "web-1",
        "ada-pager, ada@example.com, bob@example.com from notification 2 to 4 once",
    ),
}


@pytest.mark.parametrize(("more", "where", "text"), RELATIONS.values(), ids=RELATIONS)
def test_dependencies_and_escalations_are_compared(tmp_path: Path, more: str, where: str, text: str) -> None:
    other = "define service {\nhost_name web-1\nservice_description y\ncheck_command look\nmax_check_attempts 1\n}\n"
    both = objects("host") + other
    assert precache({"objects.cfg": both + more})  # Nagios accepts it
    before, after = (read([written(tmp_path / name, text)]) for name, text in (("a", both), ("b", both + more)))
    changes = compare_live(before, after, str, {}).changes
    aspect = "escalations" if "escalation" in more else "depends on"
    shown = {f"{change.name} on {change.on}".removesuffix(" on "): change.settings for change in changes}
    assert shown[where][aspect] == ("none", text)
    of_group = {"groups"} if "define servicegroup" in more else set()
    assert all(set(settings) in ({aspect}, of_group) for settings in shown.values())
