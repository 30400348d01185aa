import pytest

from checkwright.registry.circles import circles
from checkwright.registry.plan import Origin
from nagios_cfg.object_faults import faults
from nagios_cfg.objects import ILLEGAL_IN_NAMES, Definition, InvalidDefinition, Kind, name_fault

ALWAYS = Definition("timeperiod", {"timeperiod_name": "always", "alias": "always"})
RUN = Definition("command", {"command_name": "run", "command_line": "/bin/true"})
ADMINS = Definition("contactgroup", {"contactgroup_name": "admins", "alias": "admins"})
WEB = Definition("hostgroup", {"hostgroup_name": "web", "alias": "web"})
COMMON = {
    "contact_groups": "admins",
    "check_period": "always",
    "notification_period": "always",
    "max_check_attempts": "3",
}
HOST = Definition("host", {"name": "common-host", "register": "0", "address": "127.0.0.1", **COMMON})
SERVICE = Definition(
    "service",
    {
        "name": "common-service",
        "register": "0",
        "check_command": "run",
        "check_interval": "1",
        "retry_interval": "1",
        **COMMON,
    },
)
A = Definition("host", {"use": "common-host", "host_name": "a", "hostgroups": "web"})
B = Definition("host", {"use": "common-host", "host_name": "b", "hostgroups": "web", "parents": "a"})
PING = Definition(
    "service",
    {"use": "common-service", "hostgroup_name": "web", "service_description": "ping"},
    Origin("f", 1),
)
VALID = (ALWAYS, RUN, ADMINS, WEB, HOST, SERVICE, A, B, PING)


def messages(*definitions: Definition) -> list[str]:
    return [fault.message for fault in faults(definitions)]


def changed(definition: Definition, **settings: str) -> Definition:
    return Definition(definition.kind, {**definition.settings, **settings}, definition.origin)


def without(definition: Definition, directive: str) -> Definition:
    settings = {name: value for name, value in definition.settings.items() if name != directive}
    return Definition(definition.kind, settings, definition.origin)


def test_valid_definitions_have_no_faults() -> None:
    assert messages(*VALID) == []


@pytest.mark.parametrize("char", [*ILLEGAL_IN_NAMES, ";", "\n", "\t", "\0", "\x7f"])
def test_name_fault_rejects_characters(char: str) -> None:
    assert name_fault(f"a{char}b")
    with pytest.raises(InvalidDefinition, match="the host name"):
        Definition("host", {"host_name": f"a{char}b"})


@pytest.mark.parametrize("name", ["", " a", "a ", "+a", "#a", "null", "a\\"])
def test_name_fault_rejects_names_that_nagios_misreads(name: str) -> None:
    assert name_fault(name)


@pytest.mark.parametrize("name", ["a", "web-1.example.com", "Current Load", "a/b:c@d", "Füße", "[x]{y}", "a\\b"])
def test_name_fault_accepts_names(name: str) -> None:
    assert name_fault(name) == ""
    assert Definition("service", {"service_description": name}).name == name


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        ("hist", {"host_name": "a"}, "no kind of object 'hist'"),
        ("host", {"alias": "a"}, "a host has no host_name"),
        ("host", {"register": "0", "host_name": "a"}, "a host has no host_name"),
        ("host", {"host_name": "a", "Alias": "x"}, "has 'Alias', which is not a directive"),
        ("host", {"host_name": "a", "_a": "x"}, "has '_a', which is not a directive"),
        ("host", {"host_name": "a", "alias": ""}, "has alias ''"),
        ("host", {"host_name": "a", "alias": " x"}, "without white space"),
        ("host", {"host_name": "a", "alias": "x\ny"}, "one line"),
        ("host", {"host_name": "a", "alias": "x\0y"}, "one line"),
    ],
)
def test_definition_rejects_invalid_settings(kind: Kind, settings: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidDefinition, match=words):
        Definition(kind, settings)


@pytest.mark.parametrize("missing", [*COMMON, "address"])
def test_faults_report_a_host_without_a_required_directive(missing: str) -> None:
    found = messages(ALWAYS, RUN, ADMINS, WEB, without(HOST, missing), SERVICE, A, B, PING)
    assert found == [f"host 'a' has no {missing}", f"host 'b' has no {missing}"]


@pytest.mark.parametrize("missing", [*COMMON, "check_command", "check_interval", "retry_interval"])
def test_faults_report_a_service_without_a_required_directive(missing: str) -> None:
    found = messages(ALWAYS, RUN, ADMINS, WEB, HOST, without(SERVICE, missing), A, B, PING)
    assert found == [f"service 'ping' has no {missing}"]


@pytest.mark.parametrize(
    ("service", "message"),
    [
        (changed(PING, use="generic"), "service 'ping' uses the template 'generic', which is not defined"),
        (
            changed(PING, check_command="walk!1"),
            "service 'ping' names the command 'walk', which is not defined",
        ),
        (
            changed(PING, check_period="never"),
            "service 'ping' names the timeperiod 'never', which is not defined",
        ),
        (
            changed(PING, contact_groups="admins,x"),
            "service 'ping' names the contactgroup 'x', which is not defined",
        ),
        (changed(PING, servicegroups="x"), "service 'ping' names the servicegroup 'x', which is not defined"),
        (changed(PING, host_name="!c"), "service 'ping' names the host 'c', which is not defined"),
        (
            changed(PING, hostgroup_name="db,web"),
            "service 'ping' names the hostgroup 'db', which is not defined",
        ),
    ],
)
def test_faults_report_unknown_references(service: Definition, message: str) -> None:
    assert message in messages(*VALID[:-1], service)


def test_arguments_of_a_check_command_are_not_part_of_its_name() -> None:
    assert messages(*VALID[:-1], changed(PING, check_command="run!1!2")) == []


@pytest.mark.parametrize("repeated", [ALWAYS, RUN, ADMINS, WEB, HOST, A])
def test_faults_report_duplicates(repeated: Definition) -> None:
    other = Definition(repeated.kind, repeated.settings, Origin("g", 2))
    assert f"{other} is defined twice" in messages(*VALID, other)
    assert f"{repeated} is defined twice, first at g:2" in messages(other, *VALID)


def test_template_and_object_may_share_a_name() -> None:
    assert messages(*VALID, Definition("host", {"name": "a", "register": "0"})) == []


def test_faults_report_a_service_that_is_twice_on_a_host() -> None:
    again = without(changed(PING, host_name="a"), "hostgroup_name")
    assert messages(*VALID, again) == ["service 'ping' is twice on host 'a', first at f:1"]


def test_services_on_disjoint_hosts_may_share_a_name() -> None:
    again = without(changed(PING, host_name="a"), "hostgroup_name")
    assert messages(*VALID[:-1], changed(PING, host_name="!a"), again) == []


def test_faults_report_a_service_without_hosts() -> None:
    assert messages(*VALID, without(changed(PING, service_description="x"), "hostgroup_name")) == [
        "service 'x' has no host"
    ]


def test_faults_see_the_members_of_a_hostgroup() -> None:
    group = Definition("hostgroup", {"hostgroup_name": "one", "alias": "one", "members": "a"})
    on_group = changed(PING, hostgroup_name="one")
    assert messages(*VALID, group, on_group) == ["service 'ping' is twice on host 'a', first at f:1"]


def test_faults_end_with_templates_that_use_each_other() -> None:
    one = Definition("host", {"name": "one", "register": "0", "use": "two"})
    two = Definition("host", {"name": "two", "register": "0", "use": "one"})
    host = Definition("host", {"host_name": "c", "use": "one"})
    assert "host 'c' has no address" in messages(*VALID, one, two, host)


def test_faults_report_a_circle_of_parents() -> None:
    assert messages(*VALID[:6], changed(A, parents="b"), B, PING) == ["the parents form a circle: a -> b -> a"]


@pytest.mark.parametrize(
    ("parents", "expected"),
    [
        ({"a": ("a",)}, [("a", "a")]),
        ({"a": ("b", "c"), "b": ("d",), "c": ("d",), "d": ()}, []),
        ({"a": ("b",), "b": ("c",), "c": ("b",)}, [("b", "c", "b")]),
        ({"a": ("gone",)}, []),
        ({str(number): (str(number + 1),) for number in range(5000)}, []),
    ],
)
def test_circles_yields_each_circle_once(parents: dict[str, tuple[str, ...]], expected: list[tuple[str, ...]]) -> None:
    assert list(circles(parents)) == expected
