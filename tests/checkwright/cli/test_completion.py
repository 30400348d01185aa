"""Shell completion by real shells, with the printed scripts."""

import contextlib
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from checkwright.cli.main import run
from tests.support.installed import ROOT
from tests.support.real import require

SHOP = str(ROOT / "examples/shop")
CHECKCTL = "from checkwright.cli.main import main; main()"


BASH = """
. "$SCRIPT"
function_name=$(complete -p checkctl | sed 's/.*-F \\([^ ]*\\).*/\\1/')
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
"$function_name" checkctl
printf '%s\\n' "${COMPREPLY[@]}"
"""
#: As docs/start/install.md installs it. The matches go to a file, and Ctrl-X ends the shell.
ZSHRC = """
fpath+=($ZDOTDIR/.zfunc)
autoload -Uz compinit && compinit -u -d $ZDOTDIR/dump
bindkey '^I' complete-word
compadd() {
    local -a matches
    builtin compadd -A matches "$@"
    (( $#matches )) && print -rl -- $matches >> $ZDOTDIR/matches
    builtin compadd "$@"
}
leave() { exit }
zle -N leave
bindkey '^X' leave
PS1='READY'
"""


class Shells:
    """The shells, each with the printed script, and a program checkctl on their PATH."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        program = folder / "checkctl"
        program.write_text(f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n{CHECKCTL}\n")
        program.chmod(0o755)
        self._env = {name: value for name, value in os.environ.items() if name != "CHECKS_PROJECT"}
        self._env |= {"PYTHONPATH": str(ROOT), "PATH": f"{folder}:{os.environ['PATH']}", "TERM": "dumb"}

    def _script(self, shell: str, file: Path) -> Path:
        """Write the script of a shell to a file once, and return the file."""
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self._run(["checkctl", "completion", shell]), encoding="utf-8")
        return file

    def _run(self, command: list[str], cwd: Path = ROOT, **more: str) -> str:
        done = subprocess.run(command, cwd=cwd, env=self._env | more, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        return done.stdout

    def bash(self, line: str, cwd: Path = ROOT) -> list[str]:
        """Return the matches at the end of a command line; a trailing space begins a new word."""
        words = shlex.split(line) + ([""] if line.endswith(" ") else [])
        command = [require("bash", package="bash"), "--norc", "-c", BASH, "bash", *words]
        script = self._script("bash", self._folder / "checkctl.bash")
        return sorted(self._run(command, cwd, SCRIPT=str(script)).split())

    def fish(self, line: str, cwd: Path = ROOT) -> list[str]:
        command = [require("fish", package="fish"), "-c", "complete --do-complete $argv[1]", line]
        config = self._folder / "config"
        self._script("fish", config / "fish/completions/checkctl.fish")
        shown = self._run(command, cwd, XDG_CONFIG_HOME=str(config), XDG_DATA_HOME=str(config), HOME=str(config))
        return sorted(match.partition("\t")[0] for match in shown.splitlines())

    def zsh(self, line: str, cwd: Path = ROOT) -> list[str]:
        """Return the matches that an interactive zsh finds when the Tab key follows the line."""
        zsh, home = require("zsh", package="zsh"), self._folder / "zsh"
        self._script("zsh", home / ".zfunc/_checkctl")
        (home / ".zshrc").write_text(ZSHRC, encoding="utf-8")
        (home / "matches").write_text("", encoding="utf-8")
        ours, terminal = os.openpty()
        environment = self._env | {"ZDOTDIR": str(home)}
        with subprocess.Popen(
            [zsh, "-d", "-i"], cwd=cwd, env=environment, stdin=terminal, stdout=terminal, stderr=terminal,
            start_new_session=True,
        ) as running:  # fmt: skip
            os.close(terminal)
            with os.fdopen(ours, "r+b", buffering=0) as screen:
                shown = b""
                while b"READY" not in shown:
                    shown += screen.read(1024)
                screen.write(f"{line}\t\x18".encode())
                with contextlib.suppress(OSError):  # the end of the shell
                    while screen.read(1024):
                        pass
        assert running.returncode == 0
        return sorted(set((home / "matches").read_text(encoding="utf-8").split()))


@pytest.fixture(scope="module")
def shells(tmp_path_factory: pytest.TempPathFactory) -> Shells:
    return Shells(tmp_path_factory.mktemp("shells"))


LINES = {
    "commands": ("checkctl exp", ["explain"]),
    "all commands of a group": ("checkctl sensu core1 ", ["build", "validate"]),
    "flags": ("checkctl lint --no", ["--no-mypy"]),
    "flags of the worker": ("checkctl worker --socket x --allow-p", ["--allow-plugin", "--allow-project"]),
    "flags of the batch": ("checkctl batch --keep-", ["--keep-for"]),
    "environments": (f"checkctl --project {SHOP} plan st", ["staging"]),
    "environments, with the project after the command": (f"checkctl plan --project {SHOP} st", ["staging"]),
    "environments of a group's command": (f"checkctl --project {SHOP} nagios build d", ["dev"]),
    "hosts": (f"checkctl --project {SHOP} try production web-a", ["web-aws-1", "web-aws-2"]),
    "watches of a host": (f"checkctl --project {SHOP} explain production pay-1 di", ["disk"]),
    "targets of a downtime": (
        f"checkctl --project {SHOP} nagios downtime production pay-1 pay",
        ["pay-1", "pay-2", "payments-api", "payments-api.production"],
    ),
    "checks of the library": ("checkctl show tcp", ["tcp_port"]),
    "checks of a project": (f"checkctl --project {SHOP} run order", ["order_queue"]),
    "shells": ("checkctl completion z", ["zsh"]),
    "nothing that fits": (f"checkctl --project {SHOP} plan x", []),
}


@pytest.mark.parametrize(("line", "expected"), LINES.values(), ids=LINES)
def test_bash_completes(line: str, expected: list[str], shells: Shells) -> None:
    assert shells.bash(line) == expected


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["zsh", "fish"])
@pytest.mark.parametrize(("line", "expected"), LINES.values(), ids=LINES)
def test_other_shells_complete(line: str, expected: list[str], shells: Shells, shell: str) -> None:
    assert getattr(shells, shell)(line) == expected


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script_is_for_this_program(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"_CHECKCTL_COMPLETE={shell}_complete" in script
    assert "checkctl" in script


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_error_completes_to_nothing(shells: Shells, tmp_path: Path, shell: str) -> None:
    complete = getattr(shells, shell)
    broken = tmp_path / "broken"
    (broken / "fleet").mkdir(parents=True)
    for text in ("def (", "print('hello')\nraise SystemExit(3)\n", "import nothing_of_that_name\n"):
        (broken / "fleet/all.py").write_text(text)
        assert complete(f"checkctl --project {broken} plan ") == []
    assert complete("checkctl --project /nowhere plan ") == []
    assert complete("checkctl plan ", cwd=tmp_path) == []
    assert complete(f"checkctl --project {SHOP} try nowhere ") == []
