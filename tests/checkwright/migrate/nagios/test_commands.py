"""Scripts whose values of hosts are arguments."""

import subprocess

import pytest

from checkwright.core.shell_words import RequiresShell
from checkwright.migrate.nagios.shell_script import script as shell_script

MARK = "\U000f0000"


@pytest.mark.parametrize(
    "text",
    [
        f"printf %s {MARK}",
        f"printf %s '{MARK}'",
        f'printf %s "{MARK}"',
        f"printf %s 'a {MARK} b'",
        f'printf "%s|" "a {MARK}" b | cat',
        f"printf %s \\\\{MARK}",
        f"printf %s '\"'{MARK}'\"'",
    ],
)
@pytest.mark.parametrize("value", ["127.0.0.1", "$(touch /tmp/never)", "a b", "'", '"; exit 3; "', "*", "\\"])
def test_a_value_in_a_script_is_an_argument_and_never_text(text: str, value: str) -> None:
    script, used = shell_script(text, MARK)
    assert used == [MARK]
    ran = subprocess.run(["/bin/sh", "-c", script, "sh", value], capture_output=True, text=True, timeout=30)
    # The same with a value that no shell would read in any way.
    tame = subprocess.run(["/bin/sh", "-c", text.replace(MARK, "VALUE")], capture_output=True, text=True, timeout=30)
    assert ran.returncode == 0
    assert ran.stdout == tame.stdout.replace("VALUE", value)


def test_a_value_beside_a_command_within_a_command_is_refused() -> None:
    with pytest.raises(RequiresShell):
        shell_script(f"echo $(cat {MARK})", MARK)
    assert shell_script("echo $(cat /dev/null)", MARK) == ("echo $(cat /dev/null)", [])
