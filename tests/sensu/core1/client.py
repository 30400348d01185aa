"""Double of the token substitution of Sensu Core 1.x, after its sensu/utilities.rb.

It knows nothing of sensu/core1.
"""

import json
import re
import subprocess
from typing import Any

_TOKEN = re.compile(r":::([^:].*?):::")


class Unmatched(Exception):
    """Error for a token without a value and without a default. Core does not run such a check."""


def substitute(text: str, client: dict[str, Any]) -> str:
    """Return a string without characters outside ASCII, and with each token replaced by its value or default."""

    def value(found: re.Match[str]) -> str:
        path, _, default = found[1].partition("|")
        at: Any = client
        for step in path.split("."):
            at = at.get(step) if isinstance(at, dict) else None
        if at is None or isinstance(at, dict):
            if "|" not in found[1]:
                raise Unmatched(path)
            return default
        return str(at)

    return _TOKEN.sub(value, text.encode("ascii", "ignore").decode())


def substituted(value: Any, client: dict[str, Any]) -> Any:
    """Return a check with tokens substituted in every string."""
    if isinstance(value, dict):
        return {key: substituted(one, client) for key, one in value.items()}
    if isinstance(value, list):
        return [substituted(one, client) for one in value]
    return substitute(value, client) if isinstance(value, str) else value


def run(check: dict[str, Any], client: dict[str, Any], *, proxied: dict[str, Any] | None = None) -> list[Any]:
    """Run a check's command as the client does, after the server's pass for a proxy request. Return its JSON output."""
    if proxied is not None:
        check = substituted(check, proxied)
    command = substituted(check, client)["command"]
    # Ruby gives the process the bytes of the string.
    done = subprocess.run(["/bin/sh", "-c", command.encode()], capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert isinstance(answer, list)
    return answer


def executed(
    check: dict[str, Any], client: dict[str, Any], *, proxied: dict[str, Any] | None = None
) -> tuple[int, str]:
    """Return exit status and output of a check's command, run as the client does. Both streams are one output."""
    if proxied is not None:
        check = substituted(check, proxied)
    try:
        command = substituted(check, client)["command"]
    except Unmatched as error:
        return 3, f"Unmatched client token(s): {error}"
    done = subprocess.run(
        ["/bin/sh", "-c", command.encode()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"},
        timeout=check["timeout"],
        check=False,
    )
    return done.returncode, done.stdout.decode()
