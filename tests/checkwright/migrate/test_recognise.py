"""Command lines of plugins as equivalent checks: the same measurement and thresholds, or the plugin stays."""

from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.core.check import Check
from checkwright.core.options import FromHost
from checkwright.migrate.draft import Label, LibraryCheck, Value
from checkwright.migrate.recognise import Equivalent, Kept, recognise

_WORDS = (
    *("-w", "-c", "-p", "-E", "-H", "-I", "-e", "-f", "-n", "-t", "-s", "-C", "-u"),
    *("ok", "200", "20%", "5,4,3", "/", "10", "Z"),
)
P = "/usr/lib/nagios/plugins"

SAME = {
    "disk": (
        f"{P}/check_disk -w 20% -c 10% -p /",
        "disk -w 80 -c 90 --inodes-warning ~: --inodes-critical ~:",
    ),
    "disk, exact paths and inodes": (
        "check_disk -E -w 15% -c 7.5% -W 10% -K 5% -p /srv -p /var",
        "disk --path /srv --path /var -w 85 -c 92.5 --inodes-warning 90 --inodes-critical 95",
    ),
    "load": (
        "check_load -w 5.0,4.0,3.0 -c 10.0,6.0,4.0",
        "load --total --load1-warning 5 --load1-critical 10 --load5-warning 4 --load5-critical 6"
        " --load15-warning 3 --load15-critical 4",
    ),
    "load per CPU": (
        "check_load --percpu --warning=0.7,0.5,0.3 --critical 1,1,1",
        "load --load1-warning 0.7 --load1-critical 1 --load5-warning 0.5 --load5-critical 1"
        " --load15-warning 0.3 --load15-critical 1",
    ),
    "swap": ("check_swap -n ok -w 20% -c 10%", "swap -w 80 -c 90"),
    "processes": (
        "check_procs -w 250 -c 400",
        "processes -w 250 -c 400 --zombies-warning ~: --zombies-critical ~:",
    ),
    "zombies": (
        "check_procs -w 5 -c 10 -s Z",
        "processes --state zombie -w 5 -c 10 --zombies-warning ~: --zombies-critical ~:",
    ),
    "one program": (
        "check_procs -c 1: -C cron",
        "processes --name cron -c 1: --zombies-warning ~: --zombies-critical ~:",
    ),
    "file_age": (
        "check_file_age -w 3600 -c 7200 -C 1 -f /var/backups/db.dump",
        "file_age --file /var/backups/db.dump -w 3600 -c 7200 --size-critical 1:",
    ),
    "tcp": ("check_tcp -H {address} -p 5432", "tcp_port --host {address} --port 5432 -w ~: -c ~:"),
    "http": (
        "check_http -I 127.0.0.1 -H www.example.com -e 200 -u /health -w 2 -c 5 -t 20",
        "http --url http://www.example.com/health --expect-status 200 --redirect none"
        " --resolve www.example.com:127.0.0.1 -w 2 -c 5",
    ),
    "dns": ("check_dns -H www.example.com -s 127.0.0.1", "dns --host www.example.com --server 127.0.0.1 -w ~: -c ~:"),
}

KEPT = {
    "unknown": ("/opt/vendor/check_box -H x", "no check of the library does the same as check_box"),
    "nothing": ("", "no check of the library does the same as an empty command"),
    "all filesystems": ("check_disk -w 20% -c 10%", "without -p it takes all filesystems"),
    "a path above": ("check_disk -w 20% -c 10% -p /srv", "measures the filesystem above"),
    "an amount": ("check_disk -w 2000 -c 1000 -p /", "'2000' is an amount"),
    "more than all": ("check_disk -w 200% -c 10% -p /", "'200%' is more than all"),
    "another option": ("check_disk -w 20% -c 10% -X nfs -p /", "the option -X has no counterpart"),
    "a long option": ("check_load --nonsense", "the option --nonsense has no counterpart"),
    "one number": ("check_load -w 5 -c 10", "the warning is not three numbers"),
    "a label": ("check_load -w {label.load},4,3 -c 10,8,6", "differs from host to host"),
    "no word for no swap": ("check_swap -w 20% -c 10%", "it reports a machine without swap as CRITICAL"),
    "a metric": ("check_procs -m CPU -w 5 -c 10", "the option -m has no counterpart"),
    "a pattern": ("check_procs -c 1: -C py*", "'py*' would be read as a pattern"),
    "a state": ("check_procs -s X", "the state 'X' has no counterpart"),
    "a user's number": ("check_procs -u 1000", "the user is a number"),
    "no status": ("check_http -H www.example.com", "it reports status 400 to 499 as WARNING"),
    "half a status": ("check_http -H www.example.com -e HTTP/1.1", "is no list of statuses"),
    "certificate": ("check_http -H www.example.com -C 30", "the option -C has no counterpart"),
    "a word": ("check_tcp -H {address} -p 1 more", "the word 'more' has no counterpart"),
    "twice": ("check_tcp -H a -H b -p 1", "-H is given more than once"),
    "bad timeout": ("check_tcp -H a -p 1 -t soon", "the timeout 'soon' is no number of seconds"),
    "no server": ("check_dns -H www.example.com", "without -s"),
    "relative": ("check_file_age -f spool", "the file has no full path"),
}


def made(found: LibraryCheck) -> Check:
    """The check itself, with the thresholds tried too."""
    kind: Any = getattr(import_module(found.module), found.kind)
    for limit in found.limits:
        getattr(kind, limit.gauge).at(limit.items, warn=limit.warn, crit=limit.crit)
    check: Check = kind(**{name: _value(value) for name, value in found.options})
    return check


def _value(value: Value) -> Any:
    return (
        FromHost(value.name, {"int": int, "float": float, "str": str}[value.kind])
        if isinstance(value, Label)
        else value
    )


@pytest.mark.parametrize(("line", "ours"), SAME.values(), ids=SAME)
def test_what_is_the_same(line: str, ours: str) -> None:
    found = recognise(line.split())
    assert isinstance(found, Equivalent)
    made(found.check)
    assert words(found.check) == ours


def words(found: LibraryCheck) -> str:
    """The command line that the check would get, thresholds of the leading gauge by -w and -c."""
    check = made(found)
    words = [type(check).title(), *(str(word) for word in check.arguments())]
    lead = next(iter(type(check).gauges))
    for limit in found.limits:
        for end, text in (("warning", limit.warn), ("critical", limit.crit)):
            if text is not None:
                leading = limit.gauge == lead and type(check).title() != "load"
                words += [f"-{end[0]}" if leading else f"--{limit.gauge}-{end}", text]
    return " ".join(words)


@pytest.mark.parametrize(("line", "why"), KEPT.values(), ids=KEPT)
def test_what_stays_and_why(line: str, why: str) -> None:
    found = recognise(line.split())
    assert isinstance(found, Kept)
    assert why in found.why


def test_a_port_that_each_host_has_of_its_own() -> None:
    found = recognise(["check_tcp", "-H", "{address}", "-p", "{label.port}"])
    assert isinstance(found, Equivalent)
    assert dict(found.check.options)["port"] == Label("port", "int")
    made(found.check)


def test_the_plugins_own_timeout_is_the_deadline() -> None:
    found = recognise(["check_tcp", "-H", "a", "-p", "1", "-t", "7"])
    assert isinstance(found, Equivalent)
    assert found.deadline == 7


@given(
    st.sampled_from(
        ("check_disk", "check_load", "check_swap", "check_procs", "check_file_age", "check_tcp", "check_http")
    ),
    st.lists(
        st.one_of(
            st.sampled_from(_WORDS),
            st.text(st.characters(exclude_characters="\0"), max_size=8),
        ),
        max_size=10,
    ),
)
def test_whatever_stands_there_there_is_an_answer(name: str, arguments: list[str]) -> None:
    found = recognise([name, *arguments])
    if isinstance(found, Equivalent):
        made(found.check)
    else:
        assert found.why
        assert not found.why.endswith(".")
