"""Tests of rendered files in the real nagios4, nrpe and check_nrpe: argv of plugins, and notifications."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from checkwright.registry import holidays
from checkwright.registry.plan import Entry, Host, Hours, Placeholder, Plan, Role, Site, Transport, Word
from nagios_cfg import Programs, render
from nagios_cfg.names import DAYS
from tests.nagios_cfg.hostile import ARGUMENTS
from tests.nagios_cfg.plans import PAYMENTS, PLATFORM, SMTP, at, words
from tests.support.nagios import Nagios, nagios, nrpe, own, place, scratch
from tests.support.ports import free_port
from tests.support.real import require

pytestmark = pytest.mark.daemon

# Only shell builtins and coreutils: user nagios cannot read the interpreter of the test's environment.
ECHO = r"""#!/bin/sh
# Prints a digest of each argument, so that Nagios cannot change its text on the way back.
for argument in "$@"; do
    printf '%s' "$argument" | md5sum | cut -c 1-8 | tr '\n' ' '
done
echo "of $#"
"""

STORE = r"""#!/bin/sh
# -s SUBJECT RECIPIENT: appends both and the text to a file.
{ printf '%s to %s: %s\n' "$0" "$3" "$2"; cat; } >> "$(dirname "$0")/sent"
"""

CATALOGUE = "https://catalogue.example.com/checks"
LABELS = {"port": "84 43", "data_center": "eu; west\\", "Rack-7": "ünï#%!*?(){}[]"}

CASES: tuple[tuple[str, ...], ...] = (
    *((argument,) for argument in ARGUMENTS),
    ARGUMENTS,
    tuple(reversed(ARGUMENTS)),
    (),
)
LONG = ("x" * 9000, "end")


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as folder:
        yield folder


def answer(argv: tuple[str, ...]) -> str:
    """Return the output of ECHO for an argv."""
    digests = (hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:8] for text in argv)
    return " ".join((*digests, f"of {len(argv)}"))


def watch(name: str, transport: Transport, *argv: str | Word, host: str = "web") -> Entry:
    return replace(
        SMTP,
        id=f"web:{name}",
        name=name,
        role="web",
        transport=transport,
        command=words(*argv),
        hosts=(host,),
        origin=at(1),
    )


def web(*entries: Entry, port: int = 5666, plugins: str = "/usr/lib/nagios/plugins") -> Plan:
    """Return a plan with one machine at 127.0.0.1."""
    return Plan(
        project="shop",
        environment="test",
        site=Site(nrpe_port=port, plugins=plugins),
        teams=(PAYMENTS, PLATFORM),
        roles=(Role(name="web", owner="platform", hosts=("web",), origin=at(1)),),
        hosts=(Host(name="web", address="127.0.0.1", roles=("web",), labels=LABELS, origin=at(1)),),
        hours=(Hours(name="office", times=(("monday", "09:00-17:00"),), origin=at(1)),),
        entries=entries,
    )


def below(folder: str, files: dict[str, str]) -> dict[str, str]:
    return {path.removeprefix(f"{folder}/"): text for path, text in files.items() if path.startswith(f"{folder}/")}


def test_plugin_receives_exactly_the_argv(folder: Path) -> None:
    require("check_nrpe", package="nagios-nrpe-plugin")
    echo = str(place(folder / "an echo's $1", ECHO, mode=0o755))
    port = free_port()
    central = [watch(f"central{index}", "central", echo, *argv) for index, argv in enumerate((*CASES, LONG))]
    remote = [watch(f"nrpe{index}", "nrpe", echo, *argv) for index, argv in enumerate(CASES)]
    files = render(web(*central, *remote, port=port))
    with nrpe(port, below("nrpe", files)), nagios(below("nagios", files)) as running:
        services = running.wait_until_checked(len(central) + len(remote) + 1)
    assert services.pop(("web", "nrpe")).output.startswith("NRPE v")
    expected = {f"central{index}": answer(argv) for index, argv in enumerate((*CASES, LONG))}
    expected |= {f"nrpe{index}": answer(argv) for index, argv in enumerate(CASES)}
    assert {name: status.output.strip() for (_, name), status in services.items()} == expected
    assert {status.state for status in services.values()} == {"OK"}


def test_placeholders_become_the_values_of_the_host(folder: Path) -> None:
    require("check_nrpe", package="nagios-nrpe-plugin")
    echo = str(place(folder / "echo", ECHO, mode=0o755))
    port = free_port()
    argv: tuple[Word, ...] = (
        *(((Placeholder(name),)) for name in ("host", "address", "environment", "role")),
        *((f"it's {name}=", Placeholder(f"label.{name}"), "$;") for name in LABELS),
    )
    values = (
        "web",
        "127.0.0.1",
        "test",
        "web",
        *(f"it's {name}={value}$;" for name, value in LABELS.items()),
    )
    variable = replace(watch("env", "nrpe", "/usr/bin/printenv", "A"), env=(("A", "it's $HOME `id`"),))
    entries = (
        watch("central", "central", echo, *argv),
        watch("remote", "nrpe", echo, *argv),
        variable,
        replace(variable, name="central env", transport="central"),
    )
    files = render(web(*entries, port=port))
    assert "nrpe/hosts/web.cfg" in files
    with nrpe(port, below("nrpe", files)), nagios(below("nagios", files)) as running:
        services = running.wait_until_checked(len(entries) + 1)
    assert {name: status.output.strip() for (_, name), status in services.items() if name != "nrpe"} == {
        "central": answer(values),
        "remote": answer(values),
        "env": "it's $HOME `id`",
        "central env": "it's $HOME `id`",
    }


def test_variant_replaces_the_watch_on_its_hosts(folder: Path) -> None:
    echo = str(place(folder / "echo", ECHO, mode=0o755))
    names = ("a", "b", "c")
    plan = web()
    common = watch("load", "central", echo, "common")
    plan = replace(
        plan,
        roles=(replace(plan.roles[0], hosts=names),),
        hosts=tuple(replace(plan.hosts[0], name=name) for name in names),
        entries=(
            replace(common, hosts=("a", "b")),
            replace(watch("load", "central", echo), variant="2", hosts=("c",)),
        ),
    )
    with nagios(below("nagios", render(plan))) as running:
        services = running.wait_until_checked(3)
    found = {host: status.output.strip() for (host, _), status in services.items()}
    assert found == {"a": answer(("common",)), "b": answer(("common",)), "c": answer(())}


def test_passive_service_without_results_is_overdue() -> None:
    passive = replace(watch("passive", "passive", "/bin/true"), interval=1, deadline=1)
    with nagios(below("nagios", render(web(passive)))) as running:
        first = running.wait_until_checked(1)["web", "passive"]
        running.send("PROCESS_SERVICE_CHECK_RESULT;web;passive;1;WARNING - late | age=7s")
        running.wait(lambda: running.services()["web", "passive"].state == "WARNING", "the result")
        second = running.services()["web", "passive"]
    assert (first.state, first.output) == ("UNKNOWN", "UNKNOWN: no result has come in for too long")
    assert (second.output, second.perfdata) == ("WARNING - late", "age=7s")


def sent(folder: Path) -> list[str]:
    path = folder / "sent"
    return path.read_text().splitlines() if path.exists() else []


def test_each_level_notifies_its_recipients(folder: Path) -> None:
    mail = str(place(folder / "mail", STORE, mode=0o755))
    page = str(place(folder / "page", STORE, mode=0o755))
    own(folder)
    always = tuple((day, "00:00-24:00") for day in DAYS)
    # Neither today nor tomorrow, because midnight may pass during the test.
    far = (date.today() + timedelta(days=3)).weekday()
    hours = (
        Hours(name="all", times=always, origin=at(1)),
        Hours(name="office", times=always, origin=at(1)),
        Hours(name="other", times=((DAYS[far], "09:00-17:00"),), origin=at(1)),
    )
    failing = replace(watch("x", "central", "/bin/false"), owner="payments", attempts=1)
    watches = (
        replace(failing, id="web:page", name="page", runbook="https://example.com/?a=1&b=(2)"),
        replace(failing, id="web:office", name="office", notify="office-hours"),
        replace(failing, id="web:night", name="night", notify="office-hours", owner="platform"),
        replace(failing, id="web:ticket", name="ticket", notify="ticket"),
        replace(failing, id="web:nobody", name="nobody", notify="nobody"),
        replace(failing, id="web:quiet", name="quiet", quiet=("all",)),
        replace(failing, id="web:other", name="other-hours", quiet=("other",)),
        replace(failing, id="web:pagerless", name="pagerless", owner="platform"),
    )
    plan = replace(web(*watches), hours=hours, teams=(PAYMENTS, replace(PLATFORM, office_hours="other")))
    plan = replace(plan, site=replace(plan.site, catalogue=CATALOGUE))
    with nagios(below("nagios", render(plan, Programs(mail=mail, page=page)))) as running:
        running.wait_until_checked(len(watches))
        running.wait(lambda: len([line for line in sent(folder) if " to " in line]) >= 5, "five notifications")
        # Check again, so that a sixth notification would have been sent by now.
        for entry in watches:
            running.send(f"SCHEDULE_FORCED_SVC_CHECK;web;{entry.name};{int(time.time())}")
        running.check_now("web", "nobody")
        lines = sent(folder)
    assert sorted(line for line in lines if " to " in line) == sorted(
        (
            f"{page} to payments-pager: PROBLEM: page on web is WARNING",
            f"{page} to payments-pager: PROBLEM: office on web is WARNING",
            f"{page} to payments-pager: PROBLEM: other-hours on web is WARNING",
            f"{page} to platform@example.com: PROBLEM: pagerless on web is WARNING",
            f"{mail} to payments@example.com: PROBLEM: ticket on web is WARNING",
        )
    )
    assert "Host:     web (127.0.0.1)" in lines
    assert "Runbook:  https://example.com/?a=1&b=(2)" in lines
    assert f"Details:  {CATALOGUE}/host/{plan.environment}/web.html#page" in lines


def test_nobody_is_notified_in_hours_without_this_day(folder: Path) -> None:
    mail = str(place(folder / "mail", STORE, mode=0o755))
    own(folder)
    always = tuple((day, "00:00-24:00") for day in DAYS)
    # Tomorrow too, because midnight may pass during the test.
    today, tomorrow, later = (date.today() + timedelta(days=number) for number in (0, 1, 3))
    dated = (f"{today}..{tomorrow}",)
    yearly = tuple(f"{holidays.MONTHS[day.month - 1]} {day.day}" for day in (today, tomorrow))
    days = {"dated": dated, "yearly": yearly, "later": (str(later), f"{later.replace(year=later.year - 1)}")}
    hours = tuple(Hours(name=name, times=always, origin=at(1), without=holidays.merged(days[name])) for name in days)
    teams = tuple(
        replace(PLATFORM, name=name, email=f"{name}@example.com", office_hours=name, origin=at(20)) for name in days
    )
    failing = replace(watch("x", "central", "/bin/false"), attempts=1)
    office = tuple(
        replace(failing, id=f"web:{name}", name=name, owner=name, notify="office-hours", quiet=("never",))
        for name in days
    )
    # Quiet hours do not apply on days without them. Their timeperiod is excluded, and excludes another.
    quiet = tuple(
        replace(failing, id=f"web:quiet-{name}", name=f"quiet-{name}", owner="later", notify="ticket", quiet=(name,))
        for name in days
    )
    never = Hours(name="never", times=((DAYS[later.weekday()], "01:00-02:00"),), origin=at(2))
    plan = replace(web(*office, *quiet), hours=(*hours, never), teams=(*teams, replace(PLATFORM, office_hours="later")))
    files = render(plan, Programs(mail=mail, page=mail))
    with nagios(below("nagios", files)) as running:
        running.wait_until_checked(len(office) + len(quiet))
        running.wait(lambda: len([line for line in sent(folder) if " to " in line]) >= 3, "three notifications")
        # Check again, so that a fourth notification would have been sent by now.
        for entry in (*office, *quiet):
            running.send(f"SCHEDULE_FORCED_SVC_CHECK;web;{entry.name};{int(time.time())}")
        running.check_now("web", "dated")
        lines = sent(folder)
    assert sorted(line.split(": ", 2)[2] for line in lines if " to " in line) == [
        "later on web is WARNING",
        "quiet-dated on web is WARNING",
        "quiet-yearly on web is WARNING",
    ]


@pytest.mark.parametrize(("level", "notified"), [("page", True), ("nobody", False)])
def test_host_that_goes_down_notifies_at_the_level_of_its_services(folder: Path, level: str, notified: bool) -> None:
    page = str(place(folder / "page", STORE, mode=0o755))
    place(folder / "check_ping", "#!/bin/sh\necho CRITICAL; exit 2\n", mode=0o755)
    own(folder)
    entry = replace(watch("x", "central", "/bin/true"), owner="payments", notify=level)  # type: ignore[arg-type]
    plan = web(entry, plugins=str(folder))
    plan = replace(plan, site=replace(plan.site, catalogue=CATALOGUE))
    with nagios(below("nagios", render(plan, Programs(mail=page, page=page)))) as running:
        go_down(running)
        if notified:
            running.wait(lambda: bool(sent(folder)), "a notification")
        assert ("HOST NOTIFICATION" in running.log()) == notified
    assert [line.split(": ", 1)[1] for line in sent(folder) if " to " in line] == (
        ["PROBLEM: host web is DOWN"] if notified else []
    )
    assert (f"Details:  {CATALOGUE}/host/{plan.environment}/web.html" in sent(folder)) == notified


def test_flapping_service_notifies_once(folder: Path) -> None:
    page = str(place(folder / "page", STORE, mode=0o755))
    own(folder)
    passive = replace(watch("passive", "passive", "/bin/true"), owner="payments", attempts=1, interval=600)
    files = render(web(passive), Programs(mail=page, page=page))
    with nagios(below("nagios", files), enable_flap_detection="1") as running:
        for state in (0, 2) * 20:
            running.send(f"PROCESS_SERVICE_CHECK_RESULT;web;passive;{state};text")
        running.send("PROCESS_SERVICE_CHECK_RESULT;web;passive;2;the end")
        running.wait(lambda: running.services()["web", "passive"].output == "the end", "the last result")
        running.wait(
            lambda: any(line.startswith("FLAPPINGSTART") for line in subjects(folder)), "the notification of the start"
        )
        before, _, after = running.log().partition("SERVICE FLAPPING ALERT: web;passive;STARTED")
    assert before.count("SERVICE NOTIFICATION") > 1
    assert after.count("SERVICE NOTIFICATION") == after.count("FLAPPINGSTART") == 1


def subjects(folder: Path) -> list[str]:
    """Return the subjects of all notifications."""
    return [line.split(": ", 1)[1] for line in sent(folder) if " to " in line]


def test_dead_nrpe_is_one_notification(folder: Path) -> None:
    require("check_nrpe", package="nagios-nrpe-plugin")
    page = str(place(folder / "page", STORE, mode=0o755))
    own(folder)
    port = free_port()
    remote = [replace(watch(f"through-{number}", "nrpe", "/bin/echo", "fine"), owner="payments") for number in range(6)]
    direct = replace(watch("direct", "central", "/bin/echo", "fine"), owner="payments")
    files = render(web(*remote, direct, port=port), Programs(mail=page, page=page))

    with ExitStack() as agent:
        agent.enter_context(nrpe(port, below("nrpe", files)))
        # One minute of Nagios is four seconds. With less, three attempts end before a check of nrpe does.
        with nagios(below("nagios", files), interval_length="4", cached_service_check_horizon="0") as running:
            running.wait_until_checked(len(remote) + 2)
            assert {status.state for status in running.services().values()} == {"OK"}
            agent.close()
            running.wait(lambda: bool(subjects(folder)), "a notification")
            # One more interval; the other services would notify then if they did not depend on nrpe.
            later = time.time() + 4
            running.wait(lambda: time.time() > later, "one more interval")
            assert subjects(folder) == ["PROBLEM: nrpe on web is CRITICAL"]
            assert running.services()["web", "direct"].state == "OK"
            with nrpe(port, below("nrpe", files)):
                running.wait(lambda: len(subjects(folder)) > 1, "the recovery")
                running.wait(lambda: {status.state for status in running.services().values()} == {"OK"}, "all OK")
    assert subjects(folder) == ["PROBLEM: nrpe on web is CRITICAL", "RECOVERY: nrpe on web is OK"]


def go_down(running: Nagios, host: str = "web") -> None:
    """Check the host until Nagios sees it as down."""

    def down() -> bool:
        running.send(f"SCHEDULE_FORCED_HOST_CHECK;{host};{int(time.time())}")
        time.sleep(0.3)
        return f"HOST ALERT: {host};DOWN;HARD" in running.log()

    running.wait(down, "the host to be down")
