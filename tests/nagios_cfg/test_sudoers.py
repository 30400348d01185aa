"""Tests of the files for sudo: with a reader of their own, the real visudo and sudo, and the real NRPE."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.registry.plan import Host, Placeholder, Plan, Site
from nagios_cfg import render, verify
from nagios_cfg.quote import Unquotable
from nagios_cfg.sudoers import sudoers_line
from tests.nagios_cfg.plans import DISK, PRODUCTION, SMTP, at, words
from tests.nagios_cfg.test_daemons import below, watch, web
from tests.support.nagios import nagios, nrpe, place, scratch, with_sudoers
from tests.support.ports import free_port
from tests.support.real import require

HOSTILE = (
    ("--space-warning", "/srv*=95", "--path", "/srv,/var:x"),
    ("a\\b", "\\", "\\*", "\\!", "a\\"),
    ("?", "[a-z]", "*", "!x", "~:5", "@5:10"),
    ("#1", "x#y", "%wheel", "ALL", "NOPASSWD:", "=", ","),
    ("it's", '"so"', "$HOME", "`id`", "&|;<>(){}", "ünï"),
    ("-", "--", '""', "x^"),
    (),
)
WORDS = st.lists(
    st.text(st.characters(min_codepoint=33, max_codepoint=0x17F, exclude_categories=("C", "Z")), min_size=1).filter(
        lambda word: word != '""' and not word.startswith("^") and not any(char.isspace() for char in word)
    ),
    max_size=4,
)


def through_sudo(plan: Plan, **changes: object) -> Plan:
    entry = replace(DISK, command=words("/opt/x/check", "-p", "/srv"), run_as="root", **changes)  # type: ignore[arg-type]
    return replace(plan, entries=(entry, SMTP))


def allowed(text: str) -> str:
    """Return the arguments that a line allows, by sudoers(5) and fnmatch(3). Shares no code with the writer."""
    arguments = text.split(" NOPASSWD: /bin/echo ", 1)[1]
    if arguments == '""':
        return ""
    pattern = ""
    position = 0
    while position < len(arguments):
        char = arguments[position]
        assert char not in ",:=#", "it ends the command"
        if char == "\\":
            position += 1
            char = arguments[position]
            pattern += f"\\{char}" if char in "*?[]!" else char
        else:
            pattern += char
        position += 1
    assert not re.search(r"(?<!\\)(?:\\\\)*[*?\[]", pattern), "a wildcard"
    return re.sub(r"\\(.)", r"\1", pattern)


@given(WORDS)
def test_line_allows_exactly_these_arguments(argv: list[str]) -> None:
    assert allowed(sudoers_line("nagios", "root", ["/bin/echo", *argv])) == " ".join(argv)


@pytest.mark.parametrize("word", ["", "a b", "a\tb", "a\nb", "\0", "^a", "a\u2028b"])
def test_ambiguous_argument_is_refused(word: str) -> None:
    with pytest.raises(Unquotable):
        sudoers_line("nagios", "root", ["/bin/echo", word])


def test_only_argument_of_two_quotes_is_refused() -> None:
    with pytest.raises(Unquotable, match='its only argument is ""'):
        sudoers_line("nagios", "root", ["/bin/echo", '""'])
    assert sudoers_line("nagios", "root", ["/bin/echo", "-", '""']).endswith('- ""')


@pytest.mark.parametrize("path", ["/bin/e*", "/bin/a b", "/bin/a,b"])
def test_path_that_could_be_a_pattern_is_refused(path: str) -> None:
    with pytest.raises(Unquotable, match="could read as a pattern"):
        sudoers_line("nagios", "root", [path])


@pytest.mark.parametrize(("account", "run_as"), [("ALL", "root"), ("nagios", "root, ALL"), ("%wheel", "root")])
def test_invalid_account_is_refused(account: str, run_as: str) -> None:
    with pytest.raises(Unquotable, match="is not a name of an account"):
        sudoers_line(account, run_as, ["/bin/echo"])


@pytest.mark.parametrize("argv", HOSTILE, ids=" ".join)
def test_real_sudo_allows_exactly_these_arguments(argv: tuple[str, ...]) -> None:
    require("visudo", package="sudo")
    text = sudoers_line("nagios", "root", ["/bin/echo", *argv]) + "\n"
    with with_sudoers({"one": text}) as prefix:

        def may(*words: str) -> bool:
            argv = [*prefix, "sudo", "-n", "-l", "-U", "nagios", "-u", "root", "--", "/bin/echo", *words]
            return subprocess.run(argv, capture_output=True, timeout=60).returncode == 0

        assert may(*argv)
        assert not may(*argv, "more")
        assert not may(*argv[:-1], "other")
        assert not may(*(re.sub(r"[*?\[\]\\]", "z", word) for word in argv[:-1]), "z")


def test_each_role_and_host_has_its_own_file() -> None:
    by_host = replace(
        watch("raid", "nrpe", "/opt/x/raid", (Placeholder("label.port"),)), run_as="root", env=(("A", "b"),)
    )
    plan = replace(
        web(by_host, replace(watch("smart", "nrpe", "/opt/x/smart"), run_as="storage")),
        site=Site(account="nrpe"),
        hosts=(Host(name="web", address="127.0.0.1", roles=("web",), labels={"port": "8443"}, origin=at(1)),),
    )
    files = below("sudoers", render(plan))
    assert sorted(files) == ["hosts/checkwright-host-web", "roles/checkwright-role-web"]
    assert files["roles/checkwright-role-web"].splitlines()[-3:] == [
        "# web:smart: /usr/lib/nagios/plugins/check_smtp",
        "# declared at shop/fleet/payments.py:1",
        'nrpe ALL=(storage) NOPASSWD: /opt/x/smart ""',
    ]
    assert files["hosts/checkwright-host-web"].splitlines()[-1] == (
        "nrpe ALL=(root) NOPASSWD: /usr/bin/env A\\=b /opt/x/raid 8443"
    )
    assert len({path.rpartition("/")[2] for path in files}) == 2  # one folder holds both on the machine
    machine = below("nrpe", render(plan))
    command = "command[web.raid]=/usr/bin/sudo -n -u root -- /usr/bin/env 'A=b' /opt/x/raid 8443"
    assert command in machine["hosts/web.cfg"].splitlines()


def test_plus_replaces_a_dot_in_file_names() -> None:
    plan = through_sudo(PRODUCTION, role="relay", hosts=("relay",))
    named = replace(
        plan,
        roles=(plan.roles[0], replace(plan.roles[1], name="mail.relay")),
        hosts=(*plan.hosts[:-1], replace(plan.hosts[-1], roles=("mail.relay",))),
        entries=tuple(replace(entry, role="mail.relay") for entry in plan.entries),
    )
    assert [path for path in render(named) if path.startswith("sudoers/")] == [
        "sudoers/roles/checkwright-role-mail+relay"
    ]


def test_plan_without_run_as_has_no_file_for_sudo() -> None:
    assert not [path for path in render(PRODUCTION) if path.startswith("sudoers/")]


def test_real_visudo_verifies_the_files() -> None:
    require("visudo", package="sudo")
    files = render(through_sudo(PRODUCTION, transport="nrpe"))
    verified = verify(files, nagios="")
    assert (verified.by, verified.findings) == ("rules in Python and visudo -c", ())
    path = "sudoers/roles/checkwright-role-payments-api"
    broken = {**files, path: files[path].replace("NOPASSWD:", "NOPASSWORD:")}
    (finding,) = verify(broken, nagios="").findings
    assert (finding.id, finding.origin and finding.origin.file) == ("N023", path)
    assert finding.origin is not None
    assert "NOPASSWORD" in broken[path].splitlines()[finding.origin.line - 1]


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as folder:
        yield folder


@pytest.mark.daemon
def test_real_nrpe_runs_the_command_as_root(folder: Path) -> None:
    require("check_nrpe", package="nagios-nrpe-plugin")
    who = str(place(folder / "who", '#!/bin/sh\nprintf "%s\\n" "$(id -un) $*"\n', mode=0o755))
    port = free_port()
    argv = ("/srv*=95", "a\\b", "x,y:z", "$HOME", "it's")
    as_root = replace(watch("root", "nrpe", who, *argv), run_as="root")
    locally = replace(as_root, name="local", transport="local")
    files = render(web(as_root, locally, watch("own", "nrpe", who, *argv), port=port))
    with ExitStack() as stack:
        stack.enter_context(nrpe(port, below("nrpe", files), below("sudoers", files)))
        running = stack.enter_context(nagios(below("nagios", files)))
        services = running.wait_until_checked(4)
        output = {name: status.output.strip() for (_, name), status in services.items()}
    assert output["own"] == f"nagios {' '.join(argv)}"
    assert output["root"] == f"root {' '.join(argv)}"
    # The sudo on this machine lacks the files, so it asks for a password that nobody can enter.
    assert services["web", "local"].state != "OK"
    assert "password is required" in output["local"]
