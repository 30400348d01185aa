"""Contacts of an imported configuration: each is notified as before, or the report names the change."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from checkwright.cli.main import run
from nagios_cfg.deployment.build_folder import read_build
from nagios_cfg.reader import read, read_texts
from nagios_cfg.reader.effective import Effective, Reader, effective
from nagios_cfg.reader.live import Live
from nagios_cfg.reader.notified import Notified
from tests.support.nagios import precache

KEY = "0123456789abcdef0123456789abcdef"
ALWAYS = ("monday-sunday 00:00-24:00",)

DEFINITIONS = """
define command {
    command_name  host-by-mail
    command_line  /usr/bin/printf "%b" "$HOSTNAME$" | /usr/bin/mail -s "$HOSTNAME$" $CONTACTEMAIL$
}
define command {
    command_name  by-mail
    command_line  /usr/bin/printf "%b" "$SERVICEDESC$" | /usr/bin/mail -s "$SERVICEDESC$" $CONTACTEMAIL$
}
define command {
    command_name  by-pager
    command_line  /usr/bin/printf "%b" "$SERVICEDESC$" | /usr/bin/mail -s "$SERVICEDESC$" $CONTACTPAGER$
}
define command {
    command_name  by-pagerduty
    command_line  /usr/share/pdagent-integrations/bin/pd-nagios -n service -k $CONTACTPAGER$ -t "$NOTIFICATIONTYPE$"
}
define command {
    command_name  by-chat
    command_line  /usr/local/bin/chat --room operations "$SERVICEDESC$ is $SERVICESTATE$"
}
define command {
    command_name  look
    command_line  /usr/lib/nagios/plugins/check_dummy 0 $SERVICEDESC$
}
define command {
    command_name  alive
    command_line  /usr/lib/nagios/plugins/check_ping -H $HOSTADDRESS$ -w 3000,80% -c 5000,100% -p 5
}
define timeperiod {
    timeperiod_name  always
    alias            Always
EVERY_DAY
}
define timeperiod {
    timeperiod_name  day
    alias            Day
    monday           08:00-20:00
    friday           08:00-18:00
}
define timeperiod {
    timeperiod_name  night
    alias            Night
    monday           20:00-24:00
    tuesday          00:00-06:00
}
define contact {
    name                           any
    host_notification_commands     host-by-mail
    service_notification_commands  by-mail
    host_notification_period       always
    service_notification_period    always
    host_notification_options      d,u,r,f
    service_notification_options   w,u,c,r,f
    register                       0
}
define host {
    host_name              web-1
    address                127.0.0.1
    check_command          alive
    max_check_attempts     3
    contacts               ada
    check_period           always
    notification_period    always
    notification_interval  60
}
define command {
    command_name  port
    command_line  /usr/lib/nagios/plugins/check_tcp -H $HOSTADDRESS$ -p $ARG1$
}
define command {
    command_name  snmp
    command_line  /usr/lib/nagios/plugins/check_snmp -H $HOSTADDRESS$ -o sysUpTime.0 -C $ARG1$
}
define command {
    command_name  login
    command_line  /opt/site/check_login --password $ARG1$ $HOSTADDRESS$
}
define host {
    name                   plain
    max_check_attempts     3
    check_period           always
    notification_period    always
    notification_interval  60
    register               0
}
define service {
    name                   any
    host_name              web-1
    check_command          look
    max_check_attempts     3
    check_period           always
    notification_period    always
    notification_interval  60
    register               0
}
""".replace(
    "EVERY_DAY",
    "\n".join(
        f"    {day}  00:00-24:00"
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    ),
)

CONTACTS = {
    "ada": "",
    "bob": "",
    "muted": "service_notifications_enabled 0\nhost_notifications_enabled 0",
    "silent": "service_notification_options n",
    "dayly": "service_notification_period day\nhost_notification_period day",
    "nightly": "service_notification_period night\nhost_notification_period night",
    "critical": "service_notification_options c,r",
    "both": "pager both-pager\nservice_notification_commands by-mail,by-pager",
    "duty": f"pager {KEY}\nservice_notification_commands by-pagerduty",
    "chat": "email null\nservice_notification_commands by-chat",
    "addressless": "email null",
    "hosts-only": "service_notification_options n\nhost_notification_options d",
}
#: Contacts of each service, and further directives.
SERVICES = {
    "plain": ("ada,bob", ""),
    "with-muted": ("ada,bob,muted,silent", ""),
    "muted-alone": ("muted", ""),
    "mixed-hours": ("ada,dayly,nightly", ""),
    "day-and-night": ("dayly,nightly", ""),
    "day": ("dayly", ""),
    "critical-only": ("ada,critical", ""),
    "critical-alone": ("critical", ""),
    "two-ways": ("both,ada", ""),
    "with-duty": ("ada,duty", ""),
    "duty-alone": ("duty", ""),
    "chat-alone": ("chat", ""),
    "no-warnings": ("ada", "notification_options u,c,r"),
    "once": ("ada", "notification_interval 0"),
    "often": ("ada", "notification_interval 10"),
    "late": ("ada", "first_notification_delay 15"),
    "quiet-at-night": ("ada,dayly", "notification_period day"),
    "with-variable": ("ada", "_TICKET OPS-1"),
}


def objects() -> dict[str, str]:
    text = DEFINITIONS
    for name, more in CONTACTS.items():
        text += f"define contact {{\nuse any\ncontact_name {name}\nemail {name}@example.com\n{more}\n}}\n"
    for name, (contacts, more) in SERVICES.items():
        text += f"define service {{\nuse any\nservice_description {name}\ncontacts {contacts}\n{more}\n}}\n"
    for number, (name, more) in enumerate(HOSTS.items(), start=2):
        text += f"define host {{\nuse plain\nhost_name {name}\naddress 127.0.0.{number}\n{more}\n}}\n"
    return {"objects.cfg": text}


#: Directives of further hosts, most of them without a service.
HOSTS = {
    "switch-1": "check_command alive\ncontacts ada",
    "switch-2": "check_command alive\ncontacts ada\nmax_check_attempts 8\nnotification_interval 0",
    "switch-3": "check_command port!22\ncontacts ada,hosts-only\ncheck_interval 2\nretry_interval 0.5",
    "storage": "check_command alive\ncontacts ada\nnotifications_enabled 0",
    "assumed-up": "contacts bob\nfirst_notification_delay 10",
    "office": "check_command alive\ncontacts dayly\nnotification_options d,r",
    "quiet": "check_command alive\ncontacts muted\nnotification_options d,u,r,f,s",
    "router": "check_command snmp!s3cret-Community\ncontacts bob",
    "unreadable": "check_command login!hunter2-Secret\ncontacts bob",
    "labelled": "check_command alive\ncontacts ada\n_RACK r12\n_API_TOKEN q8Zk2Lw9\n_NOTE it's old",
    "macro": "check_command port!$_HOSTPORT$\ncontacts bob\n_PORT 8443",
}


class Imported:
    def __init__(self, folder: Path) -> None:
        self.main = folder / "nagios.cfg"
        self.main.write_text("cfg_file=objects.cfg\n")
        (folder / "objects.cfg").write_text(objects()["objects.cfg"])
        assert precache(objects())
        self.project, built = folder / "people", folder / "built"
        assert run(["nagios", "import", str(self.main), "--keep-plugins", "--out", str(self.project)]) == 0
        assert run(["--project", str(self.project), "nagios", "build", "production", "--out", str(built)]) == 0
        self.report: dict[str, Any] = json.loads((self.project / "import.json").read_text(encoding="utf-8"))
        file = self.project / "mail-aliases"
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        pairs = (line.split(": ") for line in lines if not line.startswith("#"))
        aliases = {name: tuple(recipients.split(", ")) for name, recipients in pairs}
        self.built = read_build(built)
        assert precache(self.built)
        before, after = read([self.main]), read_texts(self.built)
        self.before, self.after = effective(before), effective(after, aliases)
        self.hosts_before, self.hosts_after = hosts_of(before, {}), hosts_of(after, aliases)

    def host_remarks(self, host: str) -> list[str]:
        return [one["message"] for one in self.report["remarks"] if (one["kind"], one["name"]) == ("host", host)]

    def remarks(self, contact: str) -> str:
        found = [one["message"] for one in self.report["remarks"] if (one["kind"], one["name"]) == ("contact", contact)]
        return "\n".join(found)


def hosts_of(live: Live, aliases: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[Effective, dict[str, str]]]:
    reader = Reader(live, aliases)
    return {name: (reader.host(host), reader.others_of_host(host)) for name, host in live.hosts.items()}


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    yield Imported(tmp_path_factory.mktemp("contacts"))
    for name in [name for name in sys.modules if name.partition(".")[0] == "people"]:
        del sys.modules[name]


@pytest.mark.parametrize("service", [name for name in SERVICES if "duty" not in name and "chat" not in name])
def test_everybody_is_notified_as_before(imported: Imported, service: str) -> None:
    assert imported.after["web-1", service] == imported.before["web-1", service]


@pytest.mark.parametrize(
    "host", ["web-1", *(host for host in HOSTS if host not in ("router", "unreadable", "labelled"))]
)
def test_hosts_are_checked_and_notify_as_before(imported: Imported, host: str) -> None:
    was, now = imported.hosts_before[host], imported.hosts_after[host]
    assert now == was
    assert imported.host_remarks(host) == []


def test_secrets_of_host_checks_are_nowhere(imported: Imported) -> None:
    texts = [path.read_bytes() for path in imported.project.rglob("*") if path.is_file()]
    texts += [text.encode() for text in imported.built.values()]
    for secret in (b"s3cret-Community", b"hunter2-Secret"):
        assert not any(secret in text for text in texts)
    assert imported.hosts_after["router"][0].argv[1].startswith("--extra-opts=@/etc/checkwright/secrets/check_snmp")
    assert imported.hosts_after["unreadable"][0].argv[0].endswith("/check_ping")
    assert "which the project must not hold" in "".join(imported.host_remarks("unreadable"))


def test_custom_variables_are_labels_or_reported(imported: Imported) -> None:
    inventory = (imported.project / "inventory/production.yaml").read_text(encoding="utf-8")
    assert "rack: r12" in inventory
    assert "q8Zk2Lw9" not in inventory
    secret, note = imported.host_remarks("labelled")
    assert secret.startswith("the custom variable _API_TOKEN looks like a secret")
    assert note.startswith("the custom variable _NOTE is not carried over: its value holds")
    remarks = [one["message"] for one in imported.report["remarks"] if one["name"] == "with-variable"]
    assert remarks == ["its custom variables _TICKET are not carried over: watches have none"]


def test_hosts_without_services_notify(imported: Imported) -> None:
    assert [one.who for one in imported.hosts_after["switch-1"][0].notified] == ["ada@example.com"]
    assert imported.hosts_after["switch-3"][0].recipients == ("ada@example.com", "hosts-only@example.com")
    assert imported.hosts_after["storage"][0].notified == ()


def test_the_estate_has_the_cases_it_is_for(imported: Imported) -> None:
    people = {service: imported.before["web-1", service].notified for service in SERVICES}
    assert people["muted-alone"] == ()
    assert people["with-muted"] == people["plain"] != ()
    assert {one.who: one.hours for one in people["mixed-hours"]} == {
        "ada@example.com": ALWAYS,
        "dayly@example.com": ("monday 08:00-20:00", "friday 08:00-18:00"),
        "nightly@example.com": ("monday 20:00-24:00", "tuesday 00:00-06:00"),
    }
    assert {one.who: one.options for one in people["critical-only"]} == {
        "ada@example.com": "w,u,c,r,f",
        "critical@example.com": "c,r",
    }
    assert [one.who for one in people["two-ways"]] == ["ada@example.com", "both-pager", "both@example.com"]
    assert people["duty-alone"] == (Notified("duty by by-pagerduty", ALWAYS, "w,u,c,r,f"),)
    assert people["chat-alone"] == (Notified("chat by by-chat", ALWAYS, "w,u,c,r,f"),)


def test_a_key_of_a_service_is_no_mail_recipient(imported: Imported) -> None:
    files = [path for path in imported.project.rglob("*") if path.is_file()]
    assert files
    assert not any(KEY.encode() in path.read_bytes() for path in files)
    assert not any(KEY in text for text in imported.built.values())
    assert [one.who for one in imported.after["web-1", "with-duty"].notified] == ["ada@example.com"]


def test_every_change_of_a_contact_is_reported(imported: Imported) -> None:
    assert "by the command by-pagerduty" in imported.remarks("duty")
    assert "by the command by-chat" in imported.remarks("chat")
    assert "muted" in imported.remarks("muted")
    assert "no service and no host notifies it" in imported.remarks("silent")
    for name in ("ada", "bob", "dayly", "nightly", "both"):
        assert imported.remarks(name) == ""


def test_the_difference_lists_who_is_no_longer_notified(imported: Imported, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    words = ["--project", str(imported.project), "nagios", "diff", "production", "--json", "--live", str(imported.main)]
    assert run(words) == 0
    found = json.loads(capsys.readouterr().out)
    assert KEY not in json.dumps(found)
    changed = {one["name"]: one["settings"] for one in found["changes"] if one["kind"] == "service"}
    assert changed["with-duty"]["recipients"] == ["ada@example.com, duty by by-pagerduty", "ada@example.com"]
    assert changed.keys() == {"with-duty", "duty-alone", "chat-alone"}
    lost = {one["owner"]: one["less"] for one in found["notifications"] if one["less"]}
    assert lost == {"duty by by-pagerduty": 2, "chat by by-chat": 1}


def test_a_team_states_what_its_watches_share(imported: Imported) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (imported.project / "fleet").glob("*.py"))
    assert 'renotify="once"' in text
    assert 'renotify="10m"' in text
    assert 'notify_after="15m"' in text
    assert 'Contact("nightly", email="nightly@example.com", hours=night)' in text
    assert 'on=("critical", "recovery"' in text
