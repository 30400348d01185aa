"""Tests of each rule with a planted mistake: the message and its place."""

from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from checkwright.cli.rule_pages import all_rules
from checkwright.core.catalog import all_checks
from checkwright.registry import planning
from checkwright.registry.findings import Finding, FindingsError
from checkwright.registry.plan import Origin, Placeholder
from checkwright.registry.rules.threshold_rules import warns_first
from checkwright.registry.rules.verdict_rules import is_typo
from tests.checkwright.registry.conftest import FIRST, Write
from tests.checkwright.registry.conftest import OVEN as OVEN_CHECK
from tests.checkwright.registry.resolving.test_accounts import RULES as ACCOUNT_RULES
from tests.checkwright.registry.test_business_service import RULES as BUSINESS_RULES
from tests.checkwright.registry.test_dependency_rules import RULES as DEPENDENCY_RULES

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
    site=Site(watched_by="the other Nagios"),
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


def _downtimes(*windows: str) -> str:
    """Return the line on which overrides begin, after downtimes."""
    return f"    downtimes=({', '.join(f'Downtime({one})' for one in windows)},), overrides=("


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
QA = '\nqa = Environment(\n    "qa",\n    site=Site(watched_by="the other Nagios"),\n'
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
    "no dead man's switch": Planted(
        "R083",
        '    site=Site(watched_by="the other Nagios"),',
        "    site=Site(),",
        "qa pages bakers, and has no dead man's switch",
        -2,
    ),
    "two roles of one name": Planted(
        "R003",
        SHOP,
        SHOP.replace('"shop"', '"mill"'),
        f"Role 'mill' is already declared at {FLEET}:{FIRST}",
    ),
    "hours whose holidays are past": Planted(
        "R084",
        BACKLOG,
        '        Watch(Disk(), quiet=(Hours("night", "monday 00:00-06:00", without=("2019-04-19", "2019-04-22")),)),',
        "the hours 'night' leave out no day after 2019-04-22",
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
    "address like an option": Planted(
        "R076",
        SHOP_1,
        SHOP_1.replace("10.0.0.2", "-f10.0.0.2"),
        "the address of host 'shop-1' is '-f10.0.0.2', which begins with a hyphen",
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
    "a secret in a watch": Planted(
        "R053",
        OVEN,
        OVEN.replace("https://", "https://baker:hunter2@"),
        "mill:oven has a secret in the login of --url: everybody who reads the generated files would see it",
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
    "a downtime that is over": Planted(
        "R027",
        OVERRIDES,
        _downtimes('"2026-10-01 22:00", "4h", role=mill, why="a new stone"'),
        "the downtime of role mill on 2026-10-01 22:00 is over",
    ),
    "a downtime without a why": Planted(
        "R015", OVERRIDES, _downtimes('"daily 22:00", "4h", why=" "'), "the downtime of everything gives no reason"
    ),
    "a downtime of an unknown host": Planted(
        "R028",
        OVERRIDES,
        _downtimes('"daily 22:00", "4h", host="mil-2", why="a new stone"'),
        "no host in qa is called 'mil-2', did you mean mill-1",
    ),
    "a downtime of nothing": Planted(
        "R028",
        OVERRIDES,
        _downtimes('"daily 22:00", "4h", watch="owen", why="a new stone"'),
        "nothing in qa matches the downtime of watch owen",
    ),
    "a downtime that never ends": Planted(
        "R085",
        OVERRIDES,
        _downtimes('"daily 22:00", "25h", role=mill, why="a new stone"'),
        "the downtime daily 22:00 of role mill begins again before its end",
    ),
    "two downtimes at once": Planted(
        "R085",
        OVERRIDES,
        _downtimes('"daily 22:00", "2h", role=mill, why="x"', '"last day 23:30", "1h", host="mill-1", why="y"'),
        "the downtime last day 23:30 of host mill-1 overlaps with daily 22:00 at bakery/",
    ),
    "a host without roles": Planted(
        "R026",
        SHOP_1,
        '        Host("shop-1", "10.0.0.2"),',
        "host 'shop-1' has no roles",
    ),
    "a host check of no host": Planted(
        "R080",
        OVERRIDES,
        '    host_checks=(HostCheck("none", role=mill, host="nosuch-*"),), overrides=(',
        "the host check of role mill and nosuch-* applies to no host",
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
    "the default warning after the default critical": Planted(
        "R014",
        OVERRIDE,
        '        Override(Oven.dough.at("top*", crit=5), why="the defaults are 10 and 20"),',
        "mill:oven: dough of top* warns at 10, beyond its critical 5",
    ),
    "a limit for an item that is not there": Planted(
        "R035",
        SHOP,
        SHOP.replace("Watch(Disk())", 'Watch(Disk(paths=("/", "/srv")), Disk.space.at("/srw", warn=70))'),
        "space has a limit for /srw, did you mean /srv; the watches have /, /srv",
    ),
    "a limit of an override for an item that is not there": Planted(
        "R035",
        OVERRIDE,
        '        Override(Disk.space.at("/data*", warn=70), role=shop, why="planted"),',
        "space has a limit for /data*; the watches have /",
    ),
    "words for an item that is not there": Planted(
        "R035",
        SHOP,
        SHOP.replace(
            "Watch(Disk())",
            'Watch(SystemdUnit(units=("nginx.service",)), SystemdUnit.active.meaning("ngnix*", ok=("slow",)))',
        ),
        "active has a meaning for ngnix*; the watches have nginx.service",
    ),
    "a word in capitals": Planted(
        "R054",
        SHOP,
        SHOP.replace(
            "Watch(Disk())", 'Watch(SystemdUnit(failed=True), SystemdUnit.active.meaning(ok=("Slow",), crit=("x",)))'
        ),
        "systemd_unit: active has a meaning for 'Slow', did you mean 'slow'?",
    ),
    "a word that a verdict with a list of all words does not have": Planted(
        "R054",
        SHOP,
        SHOP.replace("Watch(Disk())", 'Watch(Dummy(), Dummy.state.meaning(ok=("maintenance",)))'),
        "dummy: state is never 'maintenance': it knows ok, warning, critical",
    ),
    "an override of words of a check that its watches do not run": Planted(
        "R017",
        OVERRIDE,
        '        Override(Disk.space.at(warn=70), Dummy.state.meaning(ok=("warning",)), watch="disk", why="planted"),',
        "no watch that this override matches has the verdict Dummy.state",
    ),
    "an override that a later one replaces": Planted(
        "R032",
        OVERRIDE,
        '        Override(every="5m", role=mill, host="mill-1", why="a"), Override(every="9m", role=mill, why="b"),',
        "the override of role mill, host mill-1 is replaced by bakery/fleet/all.py:",
    ),
    "a limit that a later one for all items replaces": Planted(
        "R032",
        OVERRIDE,
        "        "
        + 'Override(Disk.space.at("/", warn=70, crit=80), role=shop, why="a"), '
        + 'Override(Disk.space.at(warn=71, crit=81), watch="disk", why="b"),',
        "the override of role shop, check disk is replaced by",
    ),
    "an override that speeds watches up": Planted(
        "R033",
        OVEN + "\n" + BACKLOG,
        OVEN.replace("30s", "1h") + "\n" + BACKLOG,
        "the override of everything makes these watches run more often: mill:oven (every 1h)",
        13,
    ),
    "a team without a pager": Planted(
        "R034",
        SHOP,
        'night = Team("night", email="night@example.com")\n' + SHOP.replace("bakers", "night"),
        "the team night has no pager, and shop:disk pages it",
    ),
    "a team without a pager to which pages are escalated": Planted(
        "R034",
        SHOP,
        'boss = Team("boss", email="b@example.com")\n'
        'night = Team("night", email="n@example.com", page="p", escalations=(Escalation(after="30m", to=boss),))\n'
        + SHOP.replace("bakers", "night"),
        "the team boss has no pager, and it gets the escalations of night",
    ),
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
    text = CORRECT.replace("    site=Site(", '    inventory="hosts.yaml", site=Site(')
    hosts = "hosts:\n  - {name: a, address: 10.0.0.9, roles: [mil]}\n"
    (finding,) = findings(project(text, {"hosts.yaml": hosts}))
    assert str(finding) == (
        "bakery/hosts.yaml:2: error R006: host 'a' has the unknown role 'mil', did you mean mill"
        " (declare it in the fleet, or correct the name)"
    )


def test_unreadable_inventory_refuses_the_build(project: Write) -> None:
    text = CORRECT.replace("    site=Site(", '    inventory="hosts.yaml", site=Site(')
    (finding,) = findings(project(text, {"hosts.yaml": "- a\n"}))
    assert (finding.id, finding.origin) == ("R001", Origin("bakery/hosts.yaml", 1))


def test_role_without_hosts(project: Write) -> None:
    text = CORRECT.replace("    site=Site(", "    roles=(mill,), site=Site(").replace(MILL_1 + "\n", "")
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
    site = 'site=Site(watched_by="the other Nagios")'
    text = CORRECT + f'dev = Environment("dev", {site}, hosts=(Host("mill-1", "10.1.0.1", roles=(shop,)),))\n'
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
    elsewhere = ACCOUNT_RULES | {"R001", "R002", "R005", "R006", "R016", "R022", "R036", "R051", "R060", "R065"}
    elsewhere |= {"R075", "R081"} | DEPENDENCY_RULES | BUSINESS_RULES
    rules = {rule.id for rule in all_rules() if rule.id.startswith("R")}
    assert {planted.rule for planted in PLANTED.values()} | elsewhere == rules


def with_different_host_checks() -> str:
    both = CORRECT.replace("roles=(mill,)", "roles=(mill, shop)")
    both = both.replace('    "mill",\n', '    "mill",\n    host_check=HostCheck("nrpe"),\n')
    return both.replace(SHOP, SHOP.replace("watches", 'host_check=HostCheck("tcp", port=22), watches'))


def test_roles_with_different_host_checks_are_found(project: Write) -> None:
    (finding,) = findings(project(with_different_host_checks()))
    assert finding.id == "R081"
    assert finding.message == "the roles mill, shop of mill-1 have different host checks; mill decides"


def test_environment_decides_between_different_host_checks(project: Write) -> None:
    by_name = '    host_checks=(HostCheck("ping", host="mill-1"),), overrides=('
    assert findings(project(with_different_host_checks().replace("    overrides=(", by_name))) == ()


def test_parent_of_other_hosts_needs_no_roles(project: Write) -> None:
    router = '        Host("router", "10.0.0.254"),\n'
    text = CORRECT.replace(MILL_1, router + MILL_1.replace("roles", 'parents=("router",), roles'))
    assert findings(project(text)) == ()


OTHER_DEFAULTS = OVEN_CHECK.replace("warn=250, crit=280", "warn=280, crit=250")


def test_defaults_in_the_wrong_order_are_found_at_the_gauge(project: Write) -> None:
    found = findings(project(CORRECT, {"plugins/oven.py": OTHER_DEFAULTS}))
    assert [(one.id, str(one.origin)) for one in found] == [("R014", "bakery/plugins/oven.py:19")]
    assert found[0].message == "oven: by default heat warns at 280, beyond its critical 250"


def test_defaults_of_all_checks_are_in_the_right_order() -> None:
    for found in all_checks():
        for name, gauge in found.load().gauges.items():
            warn, crit = gauge.default.warn, gauge.default.crit
            floor = float("-inf") if gauge.min is None else gauge.min
            assert not warn or not crit or warns_first(warn, crit, floor), (found.name, name)


def test_a_limit_of_a_watch_may_be_for_items_that_an_override_leaves_out(project: Write) -> None:
    text = overridden('Override(options=Disk(paths=("/",)), why="one filesystem")')
    watch = 'Watch(Disk(paths=("/", "/srv")), Disk.space.at("/srv", warn=70))'
    assert findings(project(text.replace("Watch(Disk())", watch))) == ()


def test_a_limit_of_a_watch_without_an_item_is_found_although_an_override_replaces_it(project: Write) -> None:
    text = overridden('Override(Disk.space.at(warn=75, crit=85), why="small disks")')
    watch = 'Watch(Disk(paths=("/", "/srv")), Disk.space.at("/srw", warn=70))'
    (finding,) = findings(project(text.replace("Watch(Disk())", watch)))
    assert (finding.id, "/srw, did you mean /srv" in finding.message) == ("R035", True)


def overridden(*overrides: str) -> str:
    return CORRECT.replace(OVERRIDE, "\n".join(f"        {override}," for override in overrides))


@pytest.mark.parametrize(
    "overrides",
    [
        # Each changes something that the other does not.
        ('Override(every="5m", attempts=1, why="a")', 'Override(every="9m", why="b")'),
        ("Override(Disk.space.at(warn=70), why='a')", "Override(Disk.space.at(crit=95), why='b')"),
        ("Override(Disk.space.at(warn=70), why='a')", "Override(Disk.space.at('/', warn=75), why='b')"),
        # It is in force again after the later one has ended.
        ('Override(every="5m", why="a")', 'Override(every="9m", until="2026-12-31", why="b")'),
        # The later one covers some of the watches, or of the hosts.
        ('Override(every="5m", why="a")', 'Override(every="9m", role=mill, why="b")'),
        ('Override(every="5m", why="a")', 'Override(every="9m", host="mill-*", why="b")'),
        # A lower limit needs an interval.
        ('Override(every="5m", why="a")', 'Override(every=at_least("9m"), why="b")'),
        # The watches are switched off for a while.
        ('Override(every="5m", role=mill, why="a")', 'Override(off=True, role=mill, why="b")'),
    ],
)
def test_an_override_that_changes_something_is_no_finding(project: Write, overrides: tuple[str, ...]) -> None:
    assert [one for one in findings(project(overridden(*overrides))) if one.id == "R032"] == []


def test_at_least_slows_watches_down_and_speeds_none_up(project: Write) -> None:
    text = overridden('Override(every=at_least("5m"), why="testers look for themselves")')
    folder = project(text.replace('every="30s"', 'every="1h"'))
    built = planning.plan(str(folder), "qa", today=TODAY)
    assert built.findings == ()
    assert {entry.id: entry.interval for entry in built.plan.entries} == {
        "mill:oven": 3_600,
        "mill:sqs_backlog": 300,
        "shop:disk": 300,
    }
    levels = {e.id: next(one.level for one in e.settings if one.name == "every") for e in built.plan.entries}
    assert levels == {"mill:oven": "watch", "mill:sqs_backlog": "override", "shop:disk": "override"}


def test_at_least_belongs_to_overrides(project: Write) -> None:
    (finding,) = findings(project(CORRECT.replace('every="30s"', 'every=at_least("30s")')))
    assert (finding.id, finding.message) == (
        "R001",
        "Watch oven: every: at_least() is for overrides; write '30s'",
    )


@pytest.mark.parametrize(
    "override",
    ['Override(every="5m", watch="oven", why="a")', 'Override(Oven.heat.at(crit=290), every="5m", why="a")'],
)
def test_an_override_of_one_watch_may_speed_it_up(project: Write, override: str) -> None:
    text = overridden(override).replace('every="30s"', 'every="1h"')
    assert findings(project(text)) == ()


@pytest.mark.parametrize(
    "watch",
    [
        'Watch(Disk(all=True), Disk.space.at("/data", warn=70))',
        'Watch(Disk(paths=("/srv/{host}",)), Disk.space.at("/srv/shop-1", warn=70))',
        'Watch(Disk(paths=("/srv", "/")), Disk.space.at("/s*", warn=70))',
        'Watch(Oven(), Oven.heat.at("top", warn=70))',
    ],
)
def test_a_limit_of_items_that_may_exist_is_no_finding(project: Write, watch: str) -> None:
    assert findings(project(CORRECT.replace("Watch(Disk())", watch))) == ()


LITERAL = '"Bearer token", default=None)\n    query: str = option("Query", default="", literal=True)'


def test_a_literal_option_keeps_its_braces(project: Write) -> None:
    check = OVEN_CHECK.replace('"Bearer token", default=None)', LITERAL)
    text = CORRECT.replace(
        'Oven(url="https://{address}:{label.port}/")', 'Oven(url="{address}", query="{host} {{id}} {id}")'
    )
    built = planning.plan(str(project(text, {"plugins/oven.py": check})), "qa", today=TODAY)
    assert built.findings == ()
    (entry,) = [entry for entry in built.plan.entries if entry.id == "mill:oven"]
    assert ("{host} {{id}} {id}",) in entry.command
    assert ("--url=", Placeholder("address")) in entry.command


COUNTING = """
from checkwright import Check, Metrics, gauge, uses
from checkwright.sources.statefile import StateFile

class Counting(Check):
    \"\"\"Errors.\"\"\"

    memory = uses(StateFile)
    errors = gauge("Errors", warn=1, min=0)
    plain = gauge("Plain")

    def probe(self) -> Metrics:
        BODY
"""


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (
            'new = self.memory.since_last_run({"e": 1})\n        yield self.errors(new.of("e") if new else None)',
            1,
        ),
        ('errors = self.memory.delta(dict).of("e")\n        yield self.errors(errors)', 1),
        ("yield self.errors(self.memory.delta(dict).total())", 1),
        (
            'lost, new = self.memory.together(lambda m: (m.within({"e": 1}, 60), m.since_last_run({"e": 1})))\n'
            '        yield self.errors(new.of("e"))',
            1,
        ),
        (
            'lost, new = self.memory.together(lambda m: (m.within({"e": 1}, 60), m.since_last_run({"e": 1})))\n'
            '        yield self.errors(lost["e"])',
            0,
        ),
        ("yield self.errors(self.memory.delta(dict).total())  # once", 0),
        ("yield self.plain(self.memory.delta(dict).total())", 0),
        ('yield self.errors(self.memory.delta(dict).rate("e"))', 0),
        ('yield self.errors(self.memory.delta(dict, over=1).of("e"))', 0),
        ('yield self.errors(self.memory.within({"e": 1}, 600)["e"])', 0),
    ],
)
def test_events_since_the_last_run_need_a_window(project: Write, body: str, found: int) -> None:
    text = CORRECT.replace(
        "Watch(Disk())", "Watch(Counting(), attempts=1)" if "# once" in body else "Watch(Counting())"
    ).replace("mill = ", "from bakery.plugins.counting import Counting\nmill = ", 1)
    check = COUNTING.replace("BODY", body)
    reported = findings(project(text, {"plugins/counting.py": check}))
    assert [one.id for one in reported] == ["L006"] * found
    if found:
        line = 2 + check[: check.index("yield self.")].count("\n") - 1
        assert str(reported[0].origin) == f"bakery/plugins/counting.py:{line}"
        assert reported[0].message == (
            "errors counts events since the last run, and shop:disk notifies only after several bad results in a row"
        ).replace("shop:disk", "shop:counting")


def test_a_check_without_watch_or_test_is_a_warning_of_lint(project: Write) -> None:
    spare = OVEN_CHECK.replace("class Oven", "class Spare")
    folder = project(CORRECT, {"plugins/spare.py": spare})
    found = {(one.id, str(one.origin), one.message) for one in planning.lint(str(folder), today=TODAY).findings}
    assert found == {
        ("L004", "bakery/plugins/spare.py:1", "no watch uses the check spare"),
        ("L005", "bakery/plugins/spare.py:1", "the check spare has no test"),
    }


def test_a_check_with_test_and_a_use_as_a_word_is_no_finding(project: Write) -> None:
    spare = OVEN_CHECK.replace("class Oven", "class Spare")
    tested = project(
        CORRECT.replace("Watch(Disk())", 'Watch(Disk()), Plugin("/opt/check", "spare", name="spare")'),
        {"plugins/spare.py": spare, "tests/test_spare.py": "from bakery.plugins.spare import Spare\n"},
    )
    assert planning.lint(str(tested), today=TODAY).findings == ()


WATCHED_WORDS = CORRECT.replace("Watch(Disk())", "Watch(Dummy())")


@pytest.mark.parametrize(
    ("first", "then", "replaced"),
    [
        ('"a", ok=("critical",)', 'warn=("critical",)', True),
        ('ok=("critical",)', 'crit=("critical",)', True),
        ('ok=("critical",)', '"a", crit=("critical",)', False),
        ('ok=("critical", "warning")', 'crit=("critical",)', False),
    ],
)
def test_an_override_of_words_may_be_replaced(project: Write, first: str, then: str, replaced: bool) -> None:
    overrides = [f'Override(Dummy.state.meaning({words}), role=shop, why="a test")' for words in (first, then)]
    text = WATCHED_WORDS.replace(OVERRIDE, "\n".join(f"        {override}," for override in overrides))
    found = findings(project(text))
    assert [one.id for one in found] == (["R032"] if replaced else [])


@pytest.mark.parametrize(
    "words",
    [
        # Any word is possible for a verdict without a list of the critical ones.
        'SystemdUnit.active.meaning(ok=("inactive", "failed"))',
        'SystemdUnit.active.meaning(crit=("active",))',
        'SystemdUnit.active.meaning("nginx.*", warn=("active",))',
    ],
)
def test_a_possible_word_is_no_finding(project: Write, words: str) -> None:
    watch = f'Watch(SystemdUnit(units=("nginx.service",)), {words})'
    assert findings(project(CORRECT.replace("Watch(Disk())", watch))) == ()


@pytest.mark.parametrize(
    ("word", "other", "similar"),
    [
        ("Up", "up", True),
        ("not_connected", "not connected", True),
        ("activ", "active", True),
        ("actvie", "active", True),
        ("actove", "active", True),
        ("xactive", "active", True),
        ("inactive", "active", False),
        ("upgraded", "degraded", False),
        ("on", "no", False),
        ("down", "done", False),
        ("running", "ruining2", False),
    ],
)
def test_typos(word: str, other: str, similar: bool) -> None:
    assert is_typo(word, other) is similar
    assert is_typo(other, word) is similar
