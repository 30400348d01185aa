"""Scripts: the installation of Debian packages starts no daemon, and lint and tests fail together.

The programs that they call are stand-ins here, and their paths point into a scratch folder.
"""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.installed import ROOT

SCRIPT = (ROOT / "scripts/debian-packages").read_text(encoding="utf-8")
MINE = "#!/bin/sh\n# the administrator's\nexit 0\n"
DENIES = "exit 101"


class Machine:
    """A scratch machine: `commands` stand in for real ones, `policy` is its policy-rc.d."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.policy = folder / "policy-rc.d"
        self.log = folder / "log"
        self.log.touch()
        (folder / "bin").mkdir()
        self.script = folder / "debian-packages"
        moved = {
            "/usr/sbin/policy-rc.d": str(self.policy),
            "/run/lock/": f"{folder}/",
            "/etc/init.d": str(folder),
        }
        text = SCRIPT
        for real, scratch in moved.items():
            assert real in text
            text = text.replace(real, scratch)
        self.script.write_text(text, encoding="utf-8")
        self.command("id", "echo 0")
        self.command("dpkg-query", "case $* in *there*) echo installed;; esac")
        self.command("apt-get", self.recording())
        self.command("update-rc.d", f'echo "update-rc.d $*" >>{self.log}')

    def command(self, name: str, text: str) -> None:
        """Put a stand-in for a command first on the PATH."""
        file = self.folder / "bin" / name
        file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        file.chmod(0o755)

    def recording(self, then: str = "") -> str:
        """Return the text of an apt-get that logs how it was called and what policy held meanwhile."""
        return f'{{ echo "apt-get $*"; tail -n 1 {self.policy}; }} >>{self.log}\n{then}'

    def start(self, *packages: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["bash", self.script, *packages],
            env={"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *packages: str) -> tuple[int, str]:
        """Return the exit code and the output."""
        with self.start(*packages) as process:
            output, _ = process.communicate(timeout=60)
        return process.returncode, output

    def logged(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines()

    def leftovers(self) -> list[str]:
        return sorted(file.name for file in self.folder.glob("policy-rc.d*"))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


INSTALL = "apt-get install --yes --quiet --no-install-recommends"


def test_nothing_is_done_where_nothing_is_missing(machine: Machine) -> None:
    assert machine.run("there") == (0, "")
    assert machine.logged() == []


def test_only_what_is_missing_is_installed_and_nothing_may_start(machine: Machine) -> None:
    code, output = machine.run("there", "redis-server")
    assert code == 0
    assert output == "Installing Debian packages, their daemons left stopped: redis-server\n"
    assert machine.logged() == [f"{INSTALL} redis-server", DENIES]
    assert machine.leftovers() == []


def test_a_new_daemon_is_disabled(machine: Machine) -> None:
    machine.command("apt-get", machine.recording(f"touch {machine.folder}/redis-server"))
    assert machine.run("redis-server")[0] == 0
    assert machine.logged()[-1] == "update-rc.d redis-server disable"


def test_package_lists_are_fetched_only_when_installing_fails_without(machine: Machine) -> None:
    fetched = machine.folder / "bin/fetched"
    machine.command("apt-get", machine.recording(f"[ $1 = update ] && touch {fetched}; [ -e {fetched} ]"))
    assert machine.run("redis-server")[0] == 0
    assert [line for line in machine.logged() if line != DENIES] == [
        f"{INSTALL} redis-server",
        "apt-get update --quiet",
        f"{INSTALL} redis-server",
    ]


def test_the_administrators_policy_is_put_back(machine: Machine) -> None:
    machine.policy.write_text(MINE, encoding="utf-8")
    machine.policy.chmod(0o755)
    assert machine.run("redis-server")[0] == 0
    assert machine.logged()[-1] == DENIES
    assert machine.policy.read_text(encoding="utf-8") == MINE
    assert machine.policy.stat().st_mode & 0o777 == 0o755
    assert machine.leftovers() == ["policy-rc.d"]


def test_a_failure_is_reported_in_apts_words(machine: Machine) -> None:
    machine.policy.write_text(MINE, encoding="utf-8")
    machine.command("apt-get", "echo 'E: no such thing'; exit 100")
    code, output = machine.run("redis-server")
    assert code == 1
    assert output.splitlines()[1:] == [
        "E: no such thing",
        "error: apt-get could not install redis-server: its words are above.",
    ]
    assert machine.policy.read_text(encoding="utf-8") == MINE


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda one: one.name)
def test_an_interrupted_run_puts_the_policy_back(machine: Machine, number: signal.Signals) -> None:
    machine.policy.write_text(MINE, encoding="utf-8")
    interrupt_while_installing(machine, number)
    assert machine.policy.read_text(encoding="utf-8") == MINE
    assert machine.leftovers() == ["policy-rc.d"]


@pytest.mark.parametrize("before", [MINE, None], ids=["with a policy", "without"])
def test_the_next_run_puts_right_what_a_killed_one_left(machine: Machine, before: str | None) -> None:
    if before is not None:
        machine.policy.write_text(before, encoding="utf-8")
    interrupt_while_installing(machine, signal.SIGKILL)
    assert machine.policy.read_text(encoding="utf-8").endswith(f"{DENIES}\n")
    machine.command("apt-get", machine.recording())
    assert machine.run("redis-server")[0] == 0
    assert (machine.policy.read_text(encoding="utf-8") if machine.policy.exists() else None) == before


def interrupt_while_installing(machine: Machine, number: signal.Signals) -> None:
    machine.command("apt-get", machine.recording(f"echo ready >>{machine.log}\nexec sleep 60"))
    with machine.start("redis-server") as process:
        give_up = time.monotonic() + 30
        while "ready" not in machine.logged():
            assert time.monotonic() < give_up
            time.sleep(0.02)
        os.killpg(process.pid, number)
        process.communicate(timeout=30)
    assert process.returncode != 0


def test_who_may_not_install_is_told_what_to_install(machine: Machine) -> None:
    machine.command("id", "echo 1000")
    machine.command("sudo", "exit 1")
    code, output = machine.run("redis-server", "there", "nginx-light")
    assert code == 1
    assert output == (
        "error: Debian packages are missing: "
        "run as root  apt-get install --no-install-recommends redis-server nginx-light\n"
    )


def test_sudo_is_used_where_it_asks_no_password(machine: Machine) -> None:
    machine.command("id", "echo 1000")
    machine.command("sudo", f'[ "$2" = true ] || printf "%s\\n" "$*" >>{machine.log}')
    assert machine.run("redis-server") == (0, "")
    assert machine.logged() == [f"-n {machine.script} redis-server"]


LINT_AND_TEST = {
    "all is well": ("exit 0", "exit 0", "exit 0", 0, "tests ran\n", "types read\n"),
    "a fault of form": ("exit 1", "exit 0", "exit 0", 1, "", ""),
    "a fault in a type": ("exit 0", "exit 1", "exit 0", 1, "tests ran\n", "finds faults in the types:\ntypes read\n"),
    "a failing test": ("exit 0", "exit 0", "exit 5", 5, "tests ran\n", "types read\n"),
    "both": ("exit 0", "exit 1", "exit 5", 5, "tests ran\n", "finds faults in the types:\ntypes read\n"),
}


@pytest.mark.parametrize(("ruff", "mypy", "tests", "status", "out", "err"), LINT_AND_TEST.values(), ids=LINT_AND_TEST)
def test_lint_and_tests_fail_together(
    tmp_path: Path, ruff: str, mypy: str, tests: str, status: int, out: str, err: str
) -> None:
    programs = {
        "ruff": ruff,
        "codespell": "exit 0",
        "mypy": f"echo types read; {mypy}",
        "python": f"echo tests ran; {tests}",
    }
    for name, text in programs.items():
        file = tmp_path / ".venv/bin" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        file.chmod(0o755)
    library = tmp_path / "scripts/lib.sh"
    library.parent.mkdir()
    library.write_text((ROOT / "scripts/lib.sh").read_text(encoding="utf-8"), encoding="utf-8")
    done = subprocess.run(["bash", "-c", f". {library}; lint_and_test -m x"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (status, out)
    assert done.stderr.endswith(err)
    assert ("faults in the types" in done.stderr) == ("faults" in err)
