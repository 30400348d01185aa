"""Shell completion: by a real bash with the printed script, and by click's protocol for zsh and fish."""

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


@pytest.fixture(scope="module")
def bin_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a program checkctl, for the PATH of a shell."""
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "checkctl"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n{CHECKCTL}\n")
    program.chmod(0o755)
    return folder


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "CHECKS_PROJECT"}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def bash_completes(line: str, bin_folder: Path, cwd: Path = ROOT) -> list[str]:
    """Return bash's completions at the end of a command line; a trailing space begins a new word."""
    words = shlex.split(line) + ([""] if line.endswith(" ") else [])
    script = f"""
        eval "$(checkctl completion bash)"
        function_name=$(complete -p checkctl | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        COMP_WORDS=({shlex.join(words)})
        COMP_CWORD={len(words) - 1}
        "$function_name" checkctl
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    command = [require("bash", package="bash"), "--norc", "-c", script]
    path = f"{bin_folder}:{os.environ['PATH']}"
    done = subprocess.run(command, cwd=cwd, env=environment(PATH=path), capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


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
    "checks of the library": ("checkctl show tcp", ["tcp_port"]),
    "checks of a project": (f"checkctl --project {SHOP} run order", ["order_queue"]),
    "shells": ("checkctl completion z", ["zsh"]),
    "nothing that fits": (f"checkctl --project {SHOP} plan x", []),
}


@pytest.mark.parametrize(("line", "expected"), LINES.values(), ids=LINES)
def test_bash_completes(line: str, expected: list[str], bin_folder: Path) -> None:
    assert bash_completes(line, bin_folder) == expected


def protocol(shell: str, words: str, incomplete: str) -> str:
    """Return the output of checkctl when zsh or fish asks for completions, by click's protocol."""
    index = len(shlex.split(words))
    variables = {"zsh": {"COMP_WORDS": f"{words} {incomplete}", "COMP_CWORD": str(index)}}
    variables["fish"] = {"COMP_WORDS": f"{words} {incomplete}", "COMP_CWORD": incomplete}
    done = subprocess.run(
        [sys.executable, "-c", CHECKCTL],
        cwd=ROOT,
        env=environment(_CHECKCTL_COMPLETE=f"{shell}_complete", **variables[shell]),
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    return done.stdout


def test_zsh_completes() -> None:
    assert protocol("zsh", f"checkctl --project {SHOP} plan", "prod") == "plain\nproduction\n_\n"
    assert protocol("zsh", "checkctl", "exp") == "plain\nexplain\n_\n"


def test_fish_completes() -> None:
    assert "production" in protocol("fish", f"checkctl --project {SHOP} plan", "prod")
    assert "explain" in protocol("fish", "checkctl", "exp")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script_is_for_this_program(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"_CHECKCTL_COMPLETE={shell}_complete" in script
    assert "checkctl" in script


def test_error_completes_to_nothing(bin_folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    (broken / "fleet").mkdir(parents=True)
    for text in ("def (", "print('hello')\nraise SystemExit(3)\n", "import nothing_of_that_name\n"):
        (broken / "fleet/all.py").write_text(text)
        assert bash_completes(f"checkctl --project {broken} plan ", bin_folder) == []
    assert bash_completes("checkctl --project /nowhere plan ", bin_folder) == []
    assert bash_completes("checkctl plan ", bin_folder, cwd=tmp_path) == []
    assert bash_completes(f"checkctl --project {SHOP} try nowhere ", bin_folder) == []
