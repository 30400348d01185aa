"""The tutorial, followed to the letter: its files, its commands in order, and their output, with a real Nagios."""

import os
import pwd
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from tests.support.installed import ROOT
from tests.support.nagios import scratch
from tests.support.ports import free_port
from tests.support.real import require, starts_a_daemon

PAGE = ROOT / "docs/start/tutorial.md"
# Guard against hanging, in seconds.
_PATIENCE = 300
_END = "the command has ended"
#: A file of the reader, or what a reader types with what it prints, in the order of the page.
STEP = re.compile(r"(?:^`([\w./-]+)`:\n\n)?^```(\w+)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
#: Parts of the output that differ from run to run.
VOLATILE = [
    (r"\d\d? [A-Z][a-z]{2} \d\d:\d\d|[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ [\d:]{8} UTC \d{4}", "TIME"),
    (r"\d{8}T\d{6}Z-\d+", "VERSION"),
    (r"\d+d \d+h \d+m \d+s|\b[\d.]+ ?s\b", "SECONDS"),
    (r"\bfor (?:\d+ \w+ ?)+,", "for SECONDS,"),
    (r"settings\.py:\d+", "settings.py:LINE"),
    (r"on this machine, \S+", "on this machine"),
]
#: Commands whose output is about the machine: the first word of each line is compared, but for the state.
ABOUT_THE_MACHINE = ("check load", "checkctl try dev")


@dataclass(frozen=True)
class Typed:
    """A command of the page, its output there, and its output here."""

    command: str
    printed: str
    output: str


class Reader:
    """Somebody who follows the page in one shell, as user nagios where this is root, in a new folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.port = str(free_port())
        self._user = pwd.getpwnam("nagios" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name)
        self.home.mkdir()
        self.own(folder, self.home)
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.home), "LANG": "C.UTF-8"}
        self.shell = subprocess.Popen(
            ["bash"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env=environment,
            user=self._user.pw_uid,
            group=self._user.pw_gid,
            extra_groups=[],
            start_new_session=True,
        )

    def own(self, *paths: Path) -> None:
        for path in paths:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def here(self, text: str) -> str:
        """Return text of the page with the folder and the port of this run."""
        return text.replace("/tmp/tutorial", str(self.folder / "tutorial")).replace("8420", self.port)

    def write(self, path: str, text: str) -> None:
        file = self.folder / "tutorial" / path
        if not file.parent.exists():
            file.parent.mkdir(parents=True)
            self.own(file.parent)
        file.write_text(self.here(text), encoding="utf-8")
        self.own(file)

    def type(self, command: str) -> str:
        """Run a command in the shell, and return its output with the folder and the port of the page."""
        stdin, stdout = _pipes(self.shell)
        guard = threading.Timer(_PATIENCE, self.end)
        guard.start()
        stdin.write(f"{self.here(command)}\necho; echo {_END}\n")
        stdin.flush()
        lines: list[str] = []
        while (line := stdout.readline()) != f"{_END}\n":
            assert line, f"this command does not end:\n{command}\n{''.join(lines)}"
            lines.append(line)
        guard.cancel()
        text = "".join(lines).strip("\n")
        return text.replace(str(self.folder / "tutorial"), "/tmp/tutorial").replace(self.port, "8420")

    def end(self) -> None:
        """End the shell with all that it started, but for Nagios, which is a daemon."""
        with suppress(ProcessLookupError):
            os.killpg(self.shell.pid, signal.SIGKILL)


def _pipes(process: "subprocess.Popen[str]") -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None and process.stdout is not None
    return process.stdin, process.stdout


@pytest.fixture
def reader() -> Iterator[Reader]:
    require("nagios4", package="nagios4-core")
    require("check_ping", package="monitoring-plugins-basic")
    starts_a_daemon("nagios4")
    with scratch() as folder:
        reader = Reader(folder)
        try:
            yield reader
        finally:
            with suppress(FileNotFoundError, ProcessLookupError):
                os.kill(int((folder / "tutorial/nagios/nagios.lock").read_text()), signal.SIGTERM)
            reader.end()
            reader.shell.communicate()


def follow(page: str, reader: Reader) -> Iterator[Typed]:
    """Do everything that the page says, in order, and yield each command."""
    for path, language, text in STEP.findall(page):
        if path:
            reader.write(path, text)
        elif language == "console":
            for step in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                command, _, printed = step.partition("\n")
                yield Typed(command, printed.strip("\n"), reader.type(command))


def steady(typed: Typed, text: str) -> str:
    """Return output without what differs from run to run."""
    if typed.command in ABOUT_THE_MACHINE:
        lines = (re.sub(r"^(?:OK|WARNING|CRITICAL)? *(\S+).*", r"\1", line) for line in text.split("\n"))
        return "\n".join(line for line in lines if not line.isdigit())
    for pattern, word in VOLATILE:
        text = re.sub(pattern, word, text)
    return "\n".join(re.sub(r" +", " ", line).rstrip() for line in text.split("\n"))


def fits(printed: str, output: str) -> bool:
    """Return whether the page shows this output, where a line `...` stands for any lines."""
    lines = ("(?:.*\n)*?" if line == "..." else re.escape(f"{line}\n") for line in printed.split("\n"))
    return re.fullmatch("".join(lines), f"{output}\n") is not None


@pytest.mark.daemon
@pytest.mark.packages
@pytest.mark.slow
def test_every_command_prints_what_the_page_shows(reader: Reader) -> None:
    dist = reader.home / "checkwright/dist"
    dist.mkdir(parents=True)
    subprocess.run([ROOT / "scripts/build-wheel", dist], check=True, stdout=subprocess.DEVNULL)
    (reader.home / ".gitconfig").write_text("[user]\nname = You\nemail = you@example.com\n")
    found = list(follow(PAGE.read_text(encoding="utf-8"), reader))
    others = [one for one in found if not fits(steady(one, one.printed), steady(one, one.output))]
    differ = (f"$ {one.command}\n--- on the page\n{one.printed}\n--- here\n{one.output}\n" for one in others)
    assert not others, "\n".join(("the output differs:", *differ))
    assert not (reader.folder / "tutorial").exists(), "the reader removes it at the end"


@pytest.mark.parametrize(
    ("printed", "output", "expected"),
    [
        ("a\nb", "a\nb", True),
        ("a", "a\nb", False),
        ("a\n...\nc", "a\nb\nb\nc", True),
        ("a\n...", "a", True),
        ("", "a", False),
    ],
)
def test_lines_that_are_left_out(printed: str, output: str, expected: bool) -> None:
    assert fits(printed, output) is expected
