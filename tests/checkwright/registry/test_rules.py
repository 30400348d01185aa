"""Tests of each rule with a planted mistake: the message and its place."""

from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from checkwright.cli.rule_pages import all_rules
from checkwright.registry import planning
from checkwright.registry.findings import Finding, FindingsError
from checkwright.registry.plan import Origin
from tests.checkwright.registry.conftest import FIRST, Write

FLEET = "bakery/fleet/all.py"
TODAY = date(2026, 11, 24)

#: One environment; a test plants its mistake by replacing one of these lines.
CORRECT = """\
mill = Role(
    "mill",
    owner=bakers,
    runbook="https://runbooks.example.com/mill/",
    watches=(
        Watch(Oven(url="https://{address}:{label.port}/"), every="30s"),
        Watch(SqsBacklog(queue="flour-{environment}"), per="role"),
    ),
)
shop = Role("shop", owner=bakers, runbook="https://runbooks.example.com/shop/", watches=(Watch(Disk()),))
qa = Environment(
    "qa",
    site=Site(),
    hosts=(
        Host("mill-1", "10.0.0.1", roles=(mill,), labels={"port": "443"}),
        Host("shop-1", "10.0.0.2", roles=(shop,), labels={"port": "443"}),
    ),
    overrides=(
        Override(every="5m", why="testers look for themselves"),
    ),
)
"""
OVEN = '        Watch(Oven(url="https://{address}:{label.port}/"), every="30s"),'
BACKLOG = '        Watch(SqsBacklog(queue="flour-{environment}"), per="role"),'
MILL_1 = '        Host("mill-1", "10.0.0.1", roles=(mill,), labels={"port": "443"}),'
SHOP_1 = '        Host("shop-1", "10.0.0.2", roles=(shop,), labels={"port": "443"}),'
OVERRIDES = "    overrides=("
OVERRIDE = '        Override(every="5m", why="testers look for themselves"),'
MILL_BOOK = '    runbook="https://runbooks.example.com/mill/",'
SHOP = 'shop = Role("shop", owner=bakers, runbook="https://runbooks.example.com/shop/", watches=(Watch(Disk()),))'


def _maintenance(window: str) -> str:
    """Return the line on which overrides begin, after a maintenance."""
    return f"    maintenance=(Maintenance({window}),), overrides=("


class Planted(NamedTuple):
    """Replacement of `old` by `new`, and the message of `rule` about the line of `new` (`offset` lines further)."""

    rule: str
    old: str
    new: str
    sentence: str
    offset: int = 0


def _pools(*arguments: str) -> str:
    """Return the line on which overrides begin, after pools."""
    return f"    pools=({', '.join(f'Pool({one})' for one in arguments)},), overrides=("


#: The text between the role shop and the hosts.
QA = '\nqa = Environment(\n    "qa",\n    site=Site(),\n'
_SERVED = 'servers=("mon1.example.com",), workers=("w1",)'
_IN_DC1 = BACKLOG.replace("per=", 'where="dc1", per=')

#: Mistakes about pools. The site's overrides line is where an environment's pools stand.
POOLED = {
    "two pools of one name": Planted(
        "R040", OVERRIDES, _pools(f'"dc1", {_SERVED}', f'"dc1", {_SERVED}'), "qa already has a pool 'dc1'"
    ),
    "a watch in an unknown pool": Planted(
        "R041",
        BACKLOG,
        _IN_DC1,
        'runs in the unknown pool \'dc1\': qa has no pools; where= also accepts "host" and "central"',
    ),
    "where= that is misspelt": Planted(
        "R041", OVEN, OVEN.replace("every", 'where="centrall", every'), "pool 'centrall', did you mean central"
    ),
    "a host in an unknown pool": Planted(
        "R041",
        MILL_1,
        MILL_1.replace("labels", 'pool="dc1", labels'),
        "host 'mill-1' names the unknown pool 'dc1': qa has no pools",
    ),
    "an override to an unknown pool": Planted(
        "R041",
        OVERRIDE,
        '        Override(where="dc1", role=shop, why="nearer"),',
        "shop:disk runs in the unknown pool 'dc1'",
    ),
    "a pool without workers": Planted(
        "R042",
        OVERRIDES,
        _pools('"dc1", servers=("mon1.example.com",)'),
        "the pool dc1 has no workers, so nothing runs its checks",
    ),
    "an idle pool": Planted("R043", OVERRIDES, _pools(f'"dc1", {_SERVED}'), "nothing runs in the pool dc1"),
    "a queue that is too long": Planted(
        "R044",
        OVERRIDES,
        _pools(f'"dc1", {_SERVED}, queues=("{"q" * 513}",)'),
        "it is longer than 512 bytes, which gearman's clients refuse",
    ),
    "a queue with a blank": Planted(
        "R044", OVERRIDES, _pools(f'"dc1", {_SERVED}, queues=("d c",)'), "the queue 'd c': it contains white space"
    ),
    "an empty queue": Planted("R044", OVERRIDES, _pools(f'"dc1", {_SERVED}, queues=("",)'), "it is empty"),
    "the queue of results": Planted(
        "R044", OVERRIDES, _pools(f'"dc1", {_SERVED}, queues=("dc1", "check_results")'), "uses it for something else"
    ),
    "a queue of status questions": Planted(
        "R044", OVERRIDES, _pools(f'"dc1", {_SERVED}, queues=("worker_w1",)'), "uses it for something else"
    ),
    "the queue of all services": Planted(
        "R044", OVERRIDES, _pools(f'"dc1", {_SERVED}, queues=("service",)'), "puts other jobs there"
    ),
    "the queue that is none": Planted(
        "R044",
        OVERRIDES,
        _pools(f'"dc1", {_SERVED}, queues=("local",)'),
        "does not send checks of this queue to gearman",
    ),
    "one queue for two pools": Planted(
        "R045",
        OVERRIDES,
        _pools(f'"dc1", {_SERVED}, queues=("q",)', f'"dc2", {_SERVED}, queues=("r", "q")'),
        "the checks of the pool dc1 use the queue 'q', which dc2 serves too",
    ),
    "one machine for two pools": Planted(
        "R052",
        OVERRIDES,
        _pools(f'"dc1", {_SERVED}', f'"dc2", {_SERVED}'),
        "the pool dc2 has workers on w1, and so has dc1",
    ),
    "a host beyond its pool": Planted(
        "R046",
        SHOP_1 + "\n    ),\n" + OVERRIDES,
        SHOP_1.replace("labels", 'pool="dc1", labels')
        + "\n    ),\n"
        + _pools(f'"dc1", {_SERVED}, reaches=("10.0.0.0/31", "mill-*", mill)'),
        "host 'shop-1' (10.0.0.2) names the pool dc1, and reaches= of that pool does not cover it",
    ),
    "a watch beyond its pool": Planted(
        "R046",
        OVERRIDES + "\n" + OVERRIDE,
        _pools(f'"dc1", {_SERVED}, reaches=(mill, "10.0.0.1/32")')
        + '\n        Override(where="dc1", role=shop, why="nearer"),',
        "shop:disk runs in the pool dc1, whose reaches= does not cover shop-1",
        1,
    ),
    "a plugin that is in no folder": Planted(
        "R047",
        SHOP + QA,
        SHOP.replace("Watch(Disk())", 'Plugin("/opt/x/check_x", name="x", where="dc1")')
        + QA
        + f'    pools=(Pool("dc1", {_SERVED}),),\n',
        "shop:x runs /opt/x/check_x, which is in no plugins= folder of the pool dc1",
    ),
    "a plugin that runs others": Planted(
        "R047",
        SHOP + QA,
        SHOP.replace("Watch(Disk())", 'Plugin("/usr/lib/nagios/plugins/check_by_ssh", name="x", where="dc1")')
        + QA
        + f'    pools=(Pool("dc1", {_SERVED}),),\n',
        "shop:x runs /usr/lib/nagios/plugins/check_by_ssh, which runs the command in its arguments",
    ),
    "a pool that cannot ping": Planted(
        "R047",
        SHOP_1 + "\n    ),\n" + OVERRIDES,
        SHOP_1.replace("labels", 'pool="dc1", labels')
        + "\n    ),\n"
        + _pools(f'"dc1", {_SERVED}, plugins=("/opt/x",)'),
        "the pool dc1 pings shop-1, and its plugins= lacks /usr/lib/nagios/plugins",
        2,
    ),
    "pools with two gearmands": Planted(
        "R048",
        OVERRIDES,
        _pools(f'"dc1", {_SERVED}', f'"dc2", {_SERVED.replace("mon1", "mon2")}'),
        "servers= of the pool dc2 differs from that of dc1",
    ),
    "pools with two keys": Planted(
        "R048",
        OVERRIDES,
        _pools(f'"dc1", {_SERVED}', f'"dc2", {_SERVED}, key_file="/etc/other"'),
        "key_file= of the pool dc2 differs from that of dc1",
    ),
    "gearmand watched through itself": Planted(
        "R049",
        SHOP + QA,
        SHOP.replace("Watch(Disk())", 'Plugin("/usr/lib/nagios/plugins/check_gearman", name="x", where="dc1")')
        + QA
        + f'    pools=(Pool("dc1", {_SERVED}),),\n',
        "shop:x checks a gearmand, and in the pool dc1 it would travel through one",
    ),
    "a pool without a key": Planted(
        "R050", OVERRIDES, _pools(f'"dc1", {_SERVED}, key_file=""'), "the pool dc1 has no key"
    ),
}


PLANTED = {
    "two roles of one name": Planted(
        "R003",
        SHOP,
        SHOP.replace('"shop"', '"mill"'),
        f"Role 'mill' is already declared at {FLEET}:{FIRST}",
    ),
    "two hours of one name": Planted(
        "R003",
        BACKLOG,
        '        Watch(Disk(), quiet=(Hours("office-hours", "monday 00:00-24:00"),)),',
        "Hours 'office-hours' is already declared at checkwright/registry/model/hours.py:",
    ),
    "a host twice": Planted(
        "R004", SHOP_1, SHOP_1.replace("shop-1", "mill-1"), f"host 'mill-1' is already declared at {FLEET}:{FIRST + 14}"
    ),
    "a host called like a role's own": Planted(
        "R004",
        SHOP_1,
        SHOP_1.replace("shop-1", "mill.qa"),
        "host 'mill.qa' has the name of the host that represents the role mill",
    ),
    "no address": Planted("R007", SHOP_1, SHOP_1.replace("10.0.0.2", ""), "host 'shop-1' has no address"),
    "an unknown parent": Planted(
        "R008",
        SHOP_1,
        SHOP_1.replace("roles=", 'parents=("mill-2",), roles='),
        "host 'shop-1' has the unknown parent 'mill-2', did you mean mill-1",
    ),
    "a label for a shell": Planted(
        "R009",
        SHOP_1,
        SHOP_1.replace('"443"', '"$(reboot)"'),
        "the label 'port' of host 'shop-1' is '$(reboot)': a shell would interpret $",
    ),
    "a label of two lines": Planted(
        "R009", SHOP_1, SHOP_1.replace('"443"', '"4\\n3"'), "is '4\\n3': a shell would interpret '\\n'"
    ),
    "an address for a shell": Planted(
        "R009", SHOP_1, SHOP_1.replace("10.0.0.2", "10.0.0.2|x"), "the address of host 'shop-1' is '10.0.0.2|x'"
    ),
    "no threshold where one is needed": Planted(
        "R024",
        BACKLOG,
        '        Watch(Heartbeat(job="milling")),',
        "mill:heartbeat needs a threshold for age: add Heartbeat.age.at(crit=...)",
    ),
    "a secret in the environment": Planted(
        "R023",
        OVEN,
        OVEN.replace('every="30s"', 'env={"AWS_SHARED_CREDENTIALS_FILE": "/etc/x", "OVEN_TOKEN": "hunter2"}'),
        "mill:oven sets OVEN_TOKEN, and everybody who reads the generated files would see its value",
    ),
    "an unknown placeholder": Planted(
        "R010",
        OVEN,
        OVEN.replace("{address}", "{adress}"),
        "{adress}, which is not a placeholder; they are {host}, {address}, {environment}, {role}, {label.NAME}",
    ),
    "an unknown placeholder of a plugin": Planted(
        "R010",
        OVEN,
        '        Plugin("/usr/bin/true", "{Host}", name="true"),',
        "mill:true holds {Host}",
    ),
    "a host's placeholder per role": Planted(
        "R011",
        BACKLOG,
        BACKLOG.replace("{environment}", "{host}"),
        "mill:sqs_backlog runs once for its role and holds {host}, which differs by host",
    ),
    "a label that is missing": Planted(
        "R012",
        MILL_1,
        MILL_1.replace("port", "prot"),
        f"mill:oven ({FLEET}:{FIRST + 5}) needs the label 'port', which is missing on mill-1",
    ),
    "a watch twice on one role": Planted(
        "R013",
        BACKLOG,
        "        Watch(Oven()),",
        f"mill:oven and mill:oven ({FLEET}:{FIRST + 5}) have the same name",
    ),
    "the warning after the critical": Planted(
        "R014",
        OVEN,
        OVEN.replace("every", "Oven.heat.at(warn=300), every"),
        "mill:oven: heat warns at 300, beyond its critical 280",
    ),
    "the warning of some after the critical": Planted(
        "R014",
        OVERRIDE,
        '        Override(Oven.heat.at("top*", crit="~:200"), why="it is old"),',
        "mill:oven: heat of top* warns at 250, beyond its critical ~:200",
    ),
    "no why": Planted(
        "R015",
        OVERRIDE,
        '        Override(every="5m", role=mill, why=" "),',
        "the override of role mill gives no reason",
    ),
    "an override of nothing": Planted(
        "R017", OVERRIDE, '        Override(why="x"),', "the override of everything changes nothing"
    ),
    "an unknown watch": Planted(
        "R017",
        OVERRIDE,
        '        Override(every="5m", watch="load", why="x"),',
        "no watch in qa matches watch load",
    ),
    "an unknown host": Planted(
        "R017",
        OVERRIDE,
        '        Override(every="5m", host=("mill-1", "shp-1"), why="x"),',
        "no host in qa is called 'shp-1', did you mean shop-1",
    ),
    "a host without the watch": Planted(
        "R017",
        OVERRIDE,
        '        Override(every="5m", host="shop-*", watch="oven", why="x"),',
        "no watch in qa matches watch oven, host shop-*",
    ),
    "a limit of a check that is not there": Planted(
        "R017",
        OVERRIDE,
        '        Override(Oven.heat.at(crit=300), Disk.space.at(crit=99), role=mill, why="x"),',
        "no watch that this override matches has the gauge Disk.space",
    ),
    "a runbook that is no URL": Planted(
        "R018",
        MILL_BOOK,
        '    runbook="wiki/mill",',
        "the runbook of role 'mill' is 'wiki/mill', which is not a URL",
        offset=-3,
    ),
    "a runbook of a watch": Planted(
        "R018",
        OVEN,
        OVEN.replace("every", 'runbook="ftp://x/", every'),
        "the runbook of watch 'oven' is 'ftp://x/', which is not a URL",
    ),
    "no runbook": Planted("R019", MILL_BOOK, '    runbook="",', "role 'mill' has no runbook", offset=-3),
    "no watches": Planted("R020", SHOP, SHOP.replace("(Watch(Disk()),)", "()"), "role 'shop' has no watches"),
    "options that do not fit": Planted(
        "R021",
        OVEN,
        "        Watch(Oven(gas=True, wood=True)),",
        "mill:oven: --gas and --wood: an oven burns one of them",
    ),
    "a check slower than its interval": Planted(
        "R025",
        BACKLOG,
        BACKLOG.replace("per=", 'deadline="6m", per='),
        "mill:sqs_backlog runs every 5m and may take 6m",
    ),
    "a maintenance that is over": Planted(
        "R027",
        OVERRIDES,
        _maintenance('"2026-10-01 22:00", "2026-10-02 02:00", role=mill, why="a new stone"'),
        "the maintenance of role mill ended at 2026-10-02 02:00",
    ),
    "a maintenance without a why": Planted(
        "R015",
        OVERRIDES,
        _maintenance('"2026-12-01 22:00", "2026-12-02 02:00", role=mill, why=" "'),
        "the maintenance of role mill gives no reason",
    ),
    "a maintenance of an unknown host": Planted(
        "R028",
        OVERRIDES,
        _maintenance('"2026-12-01 22:00", "2026-12-02 02:00", host=("mill-1", "mil-2"), why="a new stone"'),
        "no host in qa is called 'mil-2', did you mean mill-1",
    ),
    "a maintenance of nothing": Planted(
        "R028",
        OVERRIDES,
        _maintenance('"2026-12-01 22:00", "2026-12-02 02:00", role=mill, host="shop-*", why="a new stone"'),
        "nothing in qa matches the maintenance of role mill, host shop-*",
    ),
    "a host without roles": Planted(
        "R026",
        SHOP_1,
        '        Host("shop-1", "10.0.0.2"),',
        "host 'shop-1' has no roles",
    ),
    "a hook for a watch that is not there": Planted(
        "R030",
        MILL_BOOK,
        MILL_BOOK + '\n    hooks=(Hook("ps", ("/bin/ps",), watch=("oben", "x*")),),',
        "the hook ps of mill never runs: no watch called oben or x* runs on its machines",
        1,
    ),
    "a hook for a watch that runs elsewhere": Planted(
        "R030",
        MILL_BOOK,
        MILL_BOOK + '\n    hooks=(Hook("ps", ("/bin/ps",), watch="sqs_backlog"),),',
        "the hook ps of mill never runs",
        1,
    ),
    **POOLED,
    "another account where no machine is": Planted(
        "R031",
        OVERRIDE,
        '        Override(watch="sqs_backlog", run_as="root", why="planted"),',
        "has run_as='root' and does not run on the machine that it watches",
    ),
}


def findings(folder: Path) -> tuple[Finding, ...]:
    try:
        return planning.plan(str(folder), "qa", today=TODAY).findings
    except FindingsError as refused:
        return refused.findings


def test_correct_fleet_has_no_findings(project: Write) -> None:
    assert findings(project(CORRECT)) == ()


@pytest.mark.parametrize("what", PLANTED)
def test_planted_mistake_is_found(project: Write, what: str) -> None:
    planted = PLANTED[what]
    assert CORRECT.count(planted.old) == 1
    text = CORRECT.replace(planted.old, planted.new)
    found = [finding for finding in findings(project(text)) if finding.id == planted.rule]
    assert [finding for finding in found if planted.sentence in finding.message], found
    line = FIRST + CORRECT[: CORRECT.index(planted.old)].count("\n") + planted.offset
    assert Origin(FLEET, line) in [finding.origin for finding in found]


def test_duplicate_watch_names_both_lines(project: Write) -> None:
    text = CORRECT.replace(SHOP, SHOP.replace("Disk()", 'Disk(), name="oven"'))
    text = text.replace("roles=(shop,)", "roles=(mill, shop)")
    (finding,) = findings(project(text))
    assert str(finding) == (
        f"{FLEET}:{FIRST + 9}: error R013: shop:oven and mill:oven ({FLEET}:{FIRST + 5}) are both on host 'shop-1'"
        ' (give one of them a name="...")'
    )


def test_label_of_the_wrong_type(project: Write) -> None:
    text = CORRECT.replace(OVEN, '        Watch(Oven(port=label("port", int))),').replace('"443"', '"https"', 1)
    (finding,) = findings(project(text))
    assert (finding.id, finding.origin) == ("R012", Origin(FLEET, FIRST + 14))
    message = "mill:oven takes its port from the label 'port' of host 'mill-1': 'https' is not a whole number"
    assert finding.message == message


def test_unknown_role_is_reported_at_its_line_of_the_inventory(project: Write) -> None:
    text = CORRECT.replace("    site=Site(),", '    site=Site(), inventory="hosts.yaml",')
    hosts = "hosts:\n  - {name: a, address: 10.0.0.9, roles: [mil]}\n"
    (finding,) = findings(project(text, {"hosts.yaml": hosts}))
    assert str(finding) == (
        "bakery/hosts.yaml:2: error R006: host 'a' has the unknown role 'mil', did you mean mill"
        " (declare it in the fleet, or correct the name)"
    )


def test_unreadable_inventory_refuses_the_build(project: Write) -> None:
    text = CORRECT.replace("    site=Site(),", '    site=Site(), inventory="hosts.yaml",')
    (finding,) = findings(project(text, {"hosts.yaml": "- a\n"}))
    assert (finding.id, finding.origin) == ("R001", Origin("bakery/hosts.yaml", 1))


def test_role_without_hosts(project: Write) -> None:
    text = CORRECT.replace("    site=Site(),", "    site=Site(), roles=(mill,),").replace(MILL_1 + "\n", "")
    (finding,) = findings(project(text))
    assert (finding.id, finding.severity) == ("R020", "warning")
    assert finding.message == "role 'mill' has no hosts in qa, so nothing runs oven"


@pytest.mark.parametrize(("until", "past"), [("2026-11-23", True), ("2026-11-24", False)])
def test_expired_override_is_a_warning_and_fails_lint(project: Write, until: str, past: bool) -> None:
    folder = project(CORRECT.replace("Override(", f'Override(until="{until}", '))
    built, linted = planning.plan(str(folder), "qa", today=TODAY), planning.lint(str(folder), today=TODAY).findings
    assert [(one.id, one.severity, one.origin) for one in built.findings] == (
        [("R016", "warning", Origin(FLEET, FIRST + 18))] if past else []
    )
    assert [(one.id, one.severity) for one in linted] == ([("R016", "error")] if past else [])


def test_host_in_two_environments_fails_lint(project: Write) -> None:
    text = CORRECT + 'dev = Environment("dev", site=Site(), hosts=(Host("mill-1", "10.1.0.1", roles=(shop,)),))\n'
    (finding,) = planning.lint(str(project(text)), today=TODAY).findings
    assert (finding.id, finding.origin) == ("R005", Origin(FLEET, FIRST + 14))
    assert finding.message == f"host 'mill-1' is in qa and in dev ({FLEET}:{FIRST + 21})"


def test_check_that_its_command_would_not_find(project: Write) -> None:
    disk = '"""D."""\nfrom checkwright import Check\n\nclass Disk(Check):\n    """D."""\n'
    text = CORRECT.replace("Watch(Disk())", "Watch(Own())").replace(
        "mill = ", "from bakery.plugins.disk import Disk as Own\nmill = ", 1
    )
    (finding,) = findings(project(text, {"plugins/disk.py": disk}))
    assert (finding.id, finding.origin) == ("R022", Origin(FLEET, FIRST + 10))
    assert "shop:disk uses Disk of bakery.plugins.disk, and `check disk` finds the one in " in finding.message
    assert finding.message.endswith("checks/system/disk.py")


ORDERS = {
    "80 90": True,
    "90 90": True,
    "90 80": False,
    "10: 5:": True,
    "5: 10:": False,
    "10:20 5:25": True,
    "4:20 5:25": False,
    "10: 5": False,
    "10 5:30": True,
    "0:10 5:30": True,
    "~: 5": True,
    "5 ~:": True,
    "~:80 90": True,
    "@10:20 @12:15": True,
    "@12:15 @10:20": False,
    "@10:20 100": True,
}


@pytest.mark.parametrize("ranges", ORDERS)
def test_order_of_warning_and_critical(project: Write, ranges: str) -> None:
    warn, crit = ranges.split()
    limit = f'Oven.dough.at(warn="{warn}", crit="{crit}")'
    found = findings(project(CORRECT.replace('/"), every', f'/"), {limit}, every')))
    assert [finding.id for finding in found] == ([] if ORDERS[ranges] else ["R014"])


def test_every_rule_has_a_test() -> None:
    elsewhere = {"R001", "R002", "R005", "R006", "R016", "R022", "R051"}
    rules = {rule.id for rule in all_rules() if rule.id.startswith("R")}
    assert {planted.rule for planted in PLANTED.values()} | elsewhere == rules


def test_parent_of_other_hosts_needs_no_roles(project: Write) -> None:
    router = '        Host("router", "10.0.0.254"),\n'
    text = CORRECT.replace(MILL_1, router + MILL_1.replace("roles", 'parents=("router",), roles'))
    assert findings(project(text)) == ()
