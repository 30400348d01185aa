"""Secrets that are written into the registry, and text that only looks like one."""

import pytest

from checkwright.registry import planning
from checkwright.registry.rules.secret_rules import WrittenSecret
from tests.checkwright.registry.conftest import Write

FLEET = """
from checks.http.http import Http
from checks.http.json_api import JsonApi
from checks.tcp.tcp_port import TcpPort
from checkwright import Secret
from checkwright.registry.model import Plugin, label

web = Role("web", owner=bakers, runbook="https://runbooks.example.com/web/", watches=({watch},))
production = Environment(
    "production",
    site=Site(),
    hosts=(Host("web-1", "10.0.0.11", roles=(web,), labels={{"port": "22"}}),),
)
"""

SECRETS = {
    "login in a URL": ('Watch(Http(url="https://user:hunter2@{address}/"))', "the login of --url"),
    "parameter of a URL": (
        'Watch(Http(url="https://{address}/x?a=1&access_token=hunter2"))',
        "the parameter access_token of --url",
    ),
    "password in a URL": ('Watch(Http(url="https://{address}/?user_password=hunter2"))', "the parameter user_password"),
    "header": (
        'Watch(Http(url="https://{address}/", headers=("Authorization: Bearer hunter2",)))',
        "the header Authorization of --header",
    ),
    "cookie": ('Watch(Http(url="https://{address}/", headers=("cookie:session=hunter2",)))', "the header Cookie"),
    "key in a header": (
        'Watch(Http(url="https://{address}/", headers=("X-Api-Key: hunter2",)))',
        "the header X-Api-Key",
    ),
    "JSON": (
        """Watch(JsonApi(url="https://{address}/", body='{"user": "a", "password": "hunter2"}'))""",
        "the field password of --body",
    ),
    "form": ('Watch(Http(url="https://{address}/", body="user=a&pass=hunter2"))', "the field pass of --body"),
    "text to send": (r'Watch(TcpPort(host="{address}", port=6379, send="AUTH hunter2\\r\\n"))', "the command AUTH"),
    "login of a plugin": (
        'Plugin("/usr/lib/nagios/plugins/check_http", "-H", "{address}", "-a", "user:hunter2", name="x")',
        "the value of -a of check_http",
    ),
    "header of a plugin": (
        'Plugin("/usr/lib/nagios/plugins/check_http", "-k", "Authorization: Bearer hunter2", name="x")',
        "the header Authorization of Authorization",
    ),
    "header in a long option of a plugin": (
        'Plugin("/usr/lib/nagios/plugins/check_http", "--header=Authorization: Bearer hunter2", name="x")',
        "the header Authorization of --header",
    ),
    "header in a short option of a plugin": (
        'Plugin("/usr/lib/nagios/plugins/check_http", "-kX-Api-Key: hunter2", name="x")',
        "the header X-Api-Key of -k",
    ),
    "path of a plugin": (
        'Plugin("/usr/lib/nagios/plugins/check_http", "-u", "/x?access_token=hunter2", name="x")',
        "the parameter access_token of",
    ),
    "variable in the words of a plugin": (
        'Plugin("/usr/bin/env", "API_TOKEN=hunter2", "/opt/own_plugin", name="x")',
        "the variable API_TOKEN",
    ),
    "password of a plugin for SQL": (
        'Plugin("/usr/lib/nagios/plugins/check_mysql", "-u", "a", "-phunter2", name="x")',
        "the value of -p of check_mysql",
    ),
    "community of SNMP": (
        'Plugin("/usr/lib/nagios/plugins/check_snmp", "-H", "{address}", "-C", "hunter2", name="x")',
        "the value of -C of check_snmp",
    ),
    "long option of any plugin": (
        'Plugin("/opt/own_plugin", "--password=hunter2", name="x")',
        "the value of --password of /opt/own_plugin",
    ),
    "other long option of any plugin": (
        'Plugin("/opt/own_plugin", "--db-password=hunter2", name="x")',
        "the value of --db-password",
    ),
    "long option with capitals": (
        'Plugin("/opt/own_plugin", "--apiKey", "hunter2", name="x")',
        "the value of --apiKey",
    ),
    "shortened option of a plugin": (
        'Plugin("/usr/lib/nagios/plugins/check_http", "--author=user:hunter2", name="x")',
        "the value of --author of check_http",
    ),
    "cluster of a plugin": (
        'Plugin("/usr/lib/nagios/plugins/check_snmp", "-vC", "hunter2", name="x")',
        "the value of -C of check_snmp",
    ),
    "program that is no plugin": ('Plugin("/usr/bin/curl", "-uadmin:hunter2", name="x")', "the value of -u of curl"),
    "line for a shell": (
        """Plugin("/bin/sh", "-c", "curl -H 'Authorization: Bearer hunter2' localhost", name="x")""",
        "the header Authorization",
    ),
    "settings of a database": ('Plugin("/opt/own_plugin", "host=a password=hunter2", name="x")', "the field password"),
    "webhook": ('Plugin("/opt/own_plugin", "https://hooks.slack.com/services/T0/B0/hunter2", name="x")', "the webhook"),
    "URL of a plugin": ('Plugin("/opt/own_plugin", "redis://:hunter2@{address}", name="x")', "the login of redis"),
}

GOOD = (
    'Watch(Http(url="https://{address}:443/login?next=/a@b&author=x#token=1"))',
    'Watch(Http(url="https://{address}/", token=Secret(file="/etc/checkwright/secrets/web")))',
    'Watch(Http(url="https://{address}/", headers=("Accept: text/html", "X-Request-Id: 1")))',
    'Watch(Http(url="https://{address}/", headers=("Authorization: {label.port}",)))',
    """Watch(JsonApi(url="https://{address}/", body='{"user": "a", "active": true}'))""",
    'Watch(TcpPort(host="{address}", port=25, send="EHLO monitoring"))',
    'Plugin("/usr/lib/nagios/plugins/check_tcp", "-H", "{address}", "-p", "5432", name="x")',
    'Plugin("/usr/lib/nagios/plugins/check_http", "-H", "{address}", "-p", "8080", "-s", "Password:", name="x")',
    'Plugin("/usr/lib/nagios/plugins/check_load", "-w", "1,2,3", "-c", "4,5,6", name="x")',
    'Plugin("/usr/lib/nagios/plugins/check_mysql", "--extra-opts=@/etc/checkwright/mysql.ini", name="x")',
    'Plugin("/opt/own_plugin", "--password-file=/etc/x", "--no-password", "--db-token", "/etc/token", name="x")',
    'Plugin("/usr/bin/curl", "-u", "admin", "--user-agent", "a:b", name="x")',
    'Plugin("/usr/bin/mysql", "-p", "shop", name="x")',
    'Plugin("/bin/sh", "-c", "df -h | grep password", name="x")',
    'Plugin("/opt/own_plugin", name="x", env={{"PGPASSFILE": "/etc/x", "DB_PASSWORD": "/run/secrets/db"}})',
)


def found(project: Write, watch: str) -> list[str]:
    folder = str(project(FLEET.replace("{watch}", watch).replace("{{", "{").replace("}}", "}")))
    results = planning.lint(folder).findings
    return [f"{one.message} {one.hint}" for one in results if one.id == WrittenSecret.id]


@pytest.mark.parametrize(("watch", "what"), SECRETS.values(), ids=SECRETS)
def test_written_secret_is_an_error_without_its_value(project: Write, watch: str, what: str) -> None:
    (message,) = found(project, watch)
    assert f"has a secret in {what}" in message
    assert "hunter2" not in message


@pytest.mark.parametrize("watch", GOOD)
def test_text_that_only_looks_like_a_secret_is_none(project: Write, watch: str) -> None:
    assert found(project, watch) == []


def test_error_names_the_place_for_the_secret(project: Write) -> None:
    (message,) = found(project, SECRETS["header"][0])
    assert message.endswith(
        "write token=Secret(file=...) or auth=Secret(file=...) or secret_headers=(Secret(file=...),)"
    )


ELSEWHERE = {
    "hook": (
        'hooks=(Hook("why", ("/usr/bin/mysql", "-phunter2")),)',
        "",
        "",
        "the hook why of web has a secret in the value of -p of mysql",
    ),
    "command of a handler": (
        "",
        'Handler("log", ("/opt/log", "--token=hunter2"))',
        "",
        "the handler log has a secret in the value of --token",
    ),
    "variable of a handler": (
        "",
        'Handler("log", ("/opt/log",), env={"LOG_URL": "https://a:hunter2@b/"})',
        "",
        "the handler log has a secret in the variable LOG_URL",
    ),
    "label": ("", "", '"db_password": "hunter2"', "the label db_password of web-1 looks like a secret"),
    "label with a URL": ("", "", '"page": "https://a:hunter2@b/"', "the label page of web-1 looks like a secret"),
    "places": (
        'hooks=(Hook("why", ("/usr/bin/mysql", "--defaults-extra-file=/etc/x", "-p", "shop")),)',
        'Handler("log", ("/opt/log",), env={"TOKEN_FILE": "/etc/token"})',
        '"db_password": "/etc/db", "token": "", "compass": "north"',
        "",
    ),
}


@pytest.mark.parametrize(("hooks", "handler", "label", "what"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_secret_in_a_hook_handler_or_label(project: Write, hooks: str, handler: str, label: str, what: str) -> None:
    fleet = FLEET.replace("{watch}", "Watch(Disk())").replace("{{", "{").replace("}}", "}")
    fleet = fleet.replace("import Plugin", "import Handler, Hook, Plugin, Routes")
    fleet = fleet.replace("watches=(Watch(Disk()),)", f"watches=(Watch(Disk()),), {hooks}")
    if handler:
        fleet = fleet.replace("    site=Site(),", f"    site=Site(),\n    sensu=Routes(ticket=({handler},)),")
    if label:
        fleet = fleet.replace('"port": "22"', label)
    results = planning.lint(str(project(fleet))).findings
    assert [one.message for one in results if one.id in ("R001", "R002")] == []
    messages = [one.message for one in results if one.id == WrittenSecret.id]
    assert not any("hunter2" in message for message in messages)
    assert [message[: len(what)] for message in messages] == ([what] if what else [])


def test_secret_of_a_host_check_is_found(project: Write) -> None:
    check = '("/usr/lib/nagios/plugins/check_http", "-I", "{address}", "-a", "user:hunter2")'
    text = FLEET.replace("{watch},", "").replace("{{", "{").replace("}}", "}")
    text = text.replace("    hosts=(", f"    host_checks=(HostCheck({check}),),\n    hosts=(")
    (found,) = [one for one in planning.lint(str(project(text))).findings if one.id == WrittenSecret.id]
    assert found.message.startswith("a host check has a secret in the value of -a")
    assert "hunter2" not in found.message
