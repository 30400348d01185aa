"""The program `checkwright-worker`, also as `checkctl worker`: its unit, its status, and its error messages."""

import asyncio
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.installed import ROOT, installed_bin
from tests.support.nagios import own, scratch
from tests.support.without_packages import environment_without
from tests.support.worker import worker

PROGRAMS = ("checkwright-worker", "checkctl worker")


def run(
    *words: str, program: str = "checkwright-worker", as_nagios: bool = True, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    user = pwd.getpwnam("nagios") if os.geteuid() == 0 and as_nagios else None
    name, *command = program.split()
    return subprocess.run(
        [installed_bin() / name, *command, *words],
        capture_output=True,
        env=env,
        text=True,
        timeout=60,
        cwd="/",
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Say where jobs come from"),
        (("--socket", "/x", "--command", "check_disk"), "check_disk is not a full path: Nagios would hand over every"),
        (("--socket", "/x", "--command", "/nowhere/check_x"), "/nowhere/check_x is not a program"),
        (("--socket", "/x", "--command", "/a;b"), "holds a character that Nagios's registration"),
        (("--socket", "/x", "--status-socket", "/nowhere/at/all"), "cannot start: No such file or directory"),
        (("--status", "--status-socket", "/nowhere"), "No worker runs here: there is no /nowhere"),
        (("--thread-workers", "0", "--socket", "/x"), "Argument --thread-workers: '0' is not a whole number from 1"),
        (("--max-age", "x"), "Argument --max-age: 'x' is not a number of seconds from 1 on. See --help."),
        (("--socket",), "Argument --socket: expected one argument. See --help."),
        (("--thread-worker", "2"), "There is no option --thread-worker, did you mean --thread-workers. See --help."),
        (("more",), "'more' is too much: {program} takes options only. See --help."),
        (("--", "more"), "takes options only. See --help."),
    ],
)
@pytest.mark.parametrize("program", PROGRAMS)
def test_mistake_in_options_is_one_sentence(program: str, words: tuple[str, ...], sentence: str) -> None:
    done = run(*words, program=program)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence.format(program=program) in done.stderr
    assert done.stderr.startswith((f"{program}: ", f"{program.partition(' ')[0]}: "))
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("program", PROGRAMS)
def test_help_and_version_name_the_program(program: str) -> None:
    page = run("--help", program=program)
    assert (page.returncode, page.stderr) == (0, "")
    assert page.stdout.startswith(f"usage: {program} [options]\n")
    for flag in ("--socket PATH", "--gearman HOST[:PORT]", "--systemd-unit"):
        assert flag in page.stdout
    version = run("--version", program=program)
    assert (version.returncode, version.stdout.partition(" (")[0]) == (0, program)


@pytest.mark.daemon
def test_worker_runs_without_packages_of_the_command_line() -> None:
    with scratch() as folder:
        own(folder)
        env = environment_without(folder / "hook", "click", "rich", "yaml")
        status = str(folder / "status.sock")
        with worker(folder, "--socket", str(folder / "none.qh"), "--status-socket", status, env=env) as running:
            running.wait_for("checkwright-worker: ready:")
            shown = run("--status", "--status-socket", status, env=env)
            assert running.stop() == 0
        assert shown.stdout.startswith(f"worker {running.pid}, up "), shown.stderr
        assert run("--help", env=env).returncode == 0
        assert run("--help", program="checkctl worker", env=env).returncode == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused")
def test_root_is_refused() -> None:
    done = run("--socket", "/nowhere", as_nagios=False)
    assert done.returncode == 2
    assert "Run the worker as the account of Nagios, nagios:" in done.stderr


@pytest.mark.daemon
def test_socket_without_permission_is_reported_with_a_remedy(tmp_path: Path) -> None:
    with scratch() as folder:
        own(folder)
        closed = folder / "closed"
        closed.mkdir()
        closed.chmod(0o700)
        (closed / "nagios.qh").touch()
        if os.geteuid() != 0:
            closed.chmod(0)
        with worker(folder, "--socket", str(closed / "nagios.qh")) as running:
            running.wait_for("run the worker as the account of Nagios (nagios)")
        closed.chmod(0o700)


@pytest.mark.daemon
def test_status_is_for_people_and_machines() -> None:
    with scratch() as folder:
        own(folder)
        status = str(folder / "status.sock")
        with worker(folder, "--socket", str(folder / "none.qh"), "--status-socket", status) as running:
            running.wait_for("ready:")
            found = json.loads(run("--status", "--json", "--status-socket", status).stdout)
            shown = run("--status", "--status-socket", status)
            assert running.stop() == 0
    assert (found["pid"], found["held"], found["frontends"][0]["connected"]) == (running.pid, 0, False)
    assert [one["kind"] for one in found["processes"]].count("fork_server") == 1
    assert shown.returncode == 0
    assert shown.stdout.startswith(f"worker {running.pid}, up ")
    assert f"frontend nagios:{folder}/none.qh: NOT CONNECTED, 0 jobs, 0 held" in shown.stdout


@pytest.mark.daemon
def test_processes_have_names_for_an_administrator() -> None:
    with scratch() as folder:
        own(folder)
        with worker(folder, "--gearman", "127.0.0.1:1", "--queue", "q", "--thread-workers", "1") as running:
            running.wait_for("ready:")
            titles = {Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0") for pid in running.children()}
            names = {Path(f"/proc/{pid}/comm").read_text().strip() for pid in running.children()}
            main = Path(f"/proc/{running.pid}/cmdline").read_bytes().split(b"\0")[2]
    assert titles == {b"checkwright: thread worker", b"checkwright: fork server"}
    assert names == {"thread-worker", "fork-server"}
    assert main.endswith(b"/bin/checkwright-worker")


@pytest.mark.daemon
def test_keep_alives_come_from_the_main_loop() -> None:
    with scratch() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        own(folder)
        address = str(folder / "notify.sock")
        manager.bind(address)
        os.chmod(address, 0o777)
        manager.settimeout(30)
        env = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "300000"}
        with worker(folder, "--socket", str(folder / "none.qh"), env=env) as running:
            while manager.recv(100) != b"READY=1":
                continue
            assert [manager.recv(100) for _ in range(3)] == [b"WATCHDOG=1"] * 3
            os.kill(running.pid, signal.SIGSTOP)
            manager.settimeout(1)
            with pytest.raises(TimeoutError):
                for _ in range(100):  # those that were sent before it was stopped
                    manager.recv(100)
            os.kill(running.pid, signal.SIGCONT)
            manager.settimeout(30)
            assert manager.recv(100) == b"WATCHDOG=1"
            running.process.terminate()
            while manager.recv(100) != b"STOPPING=1":
                continue


def test_no_keep_alives_without_a_watchdog_for_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    from checkwright.worker import systemd_notify

    sent: list[str] = []
    monkeypatch.setattr(systemd_notify, "notify", sent.append)
    for limit, pid in (("", ""), ("x", ""), ("0", ""), ("300000", str(os.getpid() + 1))):
        monkeypatch.setenv("WATCHDOG_USEC", limit)
        monkeypatch.setenv("WATCHDOG_PID", pid)
        asyncio.run(asyncio.wait_for(systemd_notify.keep_alive(), 30))
    assert sent == []


@pytest.mark.daemon
def test_unit_is_accepted_by_systemd(tmp_path: Path) -> None:
    qh = "/var/lib/nagios4/rw/nagios.qh"
    done = run("--socket", qh, "--systemd-unit", as_nagios=False)
    assert run("--socket", qh, "--systemd-unit", program="checkctl worker", as_nagios=False).stdout == done.stdout
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    start = f"ExecStart={installed_bin()}/checkwright-worker --socket {qh}"
    for line in (
        start,
        "User=nagios",
        "Type=notify",
        "Before=nagios4.service nagios.service naemon.service",
        "Restart=always",
        "WatchdogSec=10",
        "WatchdogSignal=SIGKILL",
    ):
        assert line in lines
    unit = tmp_path / "checkwright-worker.service"
    unit.write_text(done.stdout)
    if judge := shutil.which("systemd-analyze"):
        judged = subprocess.run([judge, "verify", unit], capture_output=True, text=True, timeout=60)
        complaints = [line for line in judged.stderr.splitlines() if unit.name in line]
        assert complaints == []


#: What implies NoNewPrivileges= in a unit with User=, by systemd.exec(5): ping, sudo and setuid plugins would fail.
TAKES_PRIVILEGES = re.compile(
    r"^(DynamicUser|LockPersonality|MemoryDenyWriteExecute|NoNewPrivileges|PrivateDevices|ProtectClock|ProtectHostname"
    r"|ProtectKernel\w+|Restrict\w+|SystemCall\w+)=",
    re.MULTILINE,
)


def test_units_keep_the_privileges_of_ping_and_sudo() -> None:
    from nagios_cfg.worker_unit import unit

    batch = (ROOT / "docs/guides/batch.md").read_text(encoding="utf-8")
    for text in (unit(["/a"]), batch):
        assert "\n[Service]\n" in text
        assert TAKES_PRIVILEGES.findall(text) == []


def test_unit_quotes_words_for_systemd() -> None:
    from nagios_cfg.worker_unit import unit

    assert 'ExecStart=/a "b c" d%%e $$f "x\\\\\\"y" ""' in unit(["/a", "b c", "d%e", "$f", 'x\\"y', ""])


def test_links_next_to_the_program_are_registered(tmp_path: Path) -> None:
    from checkwright.worker.own_programs import programs_to_register

    check = tmp_path / "check"
    check.write_text("#!/bin/sh\n")
    (tmp_path / "check_load").symlink_to("check")
    (tmp_path / "check_other").write_text("#!/bin/sh\n")
    more = str(tmp_path / "check_other")
    assert programs_to_register([str(check)], []) == [str(check), f"{check}_load"]
    assert programs_to_register([str(check)], [more, str(check)]) == [str(check), f"{check}_load", more]
