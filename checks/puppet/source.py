"""State of the Puppet agent of this machine, from the files that its runs leave."""

import os
import time

from checkwright.core.text import clean
from checkwright.sources import CannotTell, Source, doing

_LARGEST = 1_000_000
#: Folders of the summary and of the locks: Puppet's own packages, Debian's, and Puppet before 7.
_PLACES = (
    ("/opt/puppetlabs/puppet/public", "/opt/puppetlabs/puppet/cache/state"),
    ("/opt/puppetlabs/puppet/cache/state", "/opt/puppetlabs/puppet/cache/state"),
    ("/var/cache/puppet/public", "/var/cache/puppet/state"),
    ("/var/cache/puppet/state", "/var/cache/puppet/state"),
    ("/var/lib/puppet/state", "/var/lib/puppet/state"),
)
_SUMMARY, _DISABLED, _RUNNING = "last_run_summary.yaml", "agent_disabled.lock", "agent_catalog_run.lock"


class PuppetRun:
    """Last run of the agent, and its locks.

    summary: the values of last_run_summary.yaml by section and name. age: seconds since the run. disabled: seconds
    since the agent was disabled, None if it is enabled. message: its reason. running: seconds since the start of a run,
    None if none runs.
    """

    __slots__ = ("age", "disabled", "message", "running", "summary")

    def __init__(
        self,
        summary: dict[str, dict[str, str]],
        *,
        age: float = 0.0,
        disabled: float | None = None,
        message: str = "",
        running: float | None = None,
    ) -> None:
        self.summary = summary
        self.age = age
        self.disabled = disabled
        self.message = message
        self.running = running

    def number(self, section: str, name: str) -> float | None:
        """Return a value as a number, None if the summary does not have it."""
        text = self.summary.get(section, {}).get(name, "")
        try:
            return float(text)
        except ValueError:
            return None


class PuppetAgent(Source):
    """Puppet agent of this machine."""

    def last_run(self, folder: str = "", *, locks: bool = True) -> PuppetRun:
        """Return the last run.

        folder: Puppet's vardir, by default the first that has a summary. locks: read the locks too.
        Raises CannotTell if no run has left a summary, or this user may not read it or the locks.
        """
        places = (
            [(f"{folder}/public", f"{folder}/state"), (f"{folder}/state", f"{folder}/state")] if folder else _PLACES
        )
        for public, state in places:
            path = os.path.join(public, _SUMMARY)
            text = _text(path)
            if text is not None:
                summary = parse_summary(text)
                last = summary.get("time", {}).get("last_run", "")
                if not last.isdecimal():
                    raise CannotTell(f"{path} has no time of the last run: is it a summary of Puppet?")
                now = time.time()
                message, disabled = _lock(os.path.join(state, _DISABLED), now) if locks else ("", None)
                holder, running = _lock(os.path.join(state, _RUNNING), now) if locks else ("", None)
                alive = holder.strip().isdecimal() and os.path.exists(f"/proc/{holder.strip()}")
                return PuppetRun(
                    summary,
                    age=max(0.0, now - int(last)),
                    disabled=disabled,
                    message=parse_message(message),
                    running=running if alive else None,
                )
        where = folder or ", ".join(dict.fromkeys(public for public, _ in places))
        raise CannotTell(f"no run of Puppet has left a {_SUMMARY} in {clean(where, 300)}: give --folder")


def parse_summary(text: str) -> dict[str, dict[str, str]]:
    """Parse last_run_summary.yaml: sections, and `NAME: VALUE` below each. Other lines are left out."""
    found: dict[str, dict[str, str]] = {}
    section: dict[str, str] = {}
    for line in text.split("\n"):
        name, colon, value = line.partition(":")
        if not colon:
            continue
        if not line.startswith(" "):
            section = found.setdefault(name.strip(), {})
        else:
            section[name.strip()] = value.strip().strip("\"'")
    return found


def parse_message(text: str) -> str:
    """Return the reason in agent_disabled.lock, "" if there is none."""
    import json

    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    return str(found.get("disabled_message", "")) if isinstance(found, dict) else ""


def _text(path: str) -> str | None:
    """Return the content of a file, None if it is missing."""
    doing(path)
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(_LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise CannotTell(
            f"cannot read {clean(path, 200)}: {error.strerror}; run the check as root, or see its page"
        ) from None


def _lock(path: str, now: float) -> tuple[str, float | None]:
    """Return the content and the age of a lock; "" and None if it is missing."""
    text = _text(path)
    if text is None:
        return "", None
    try:
        return text, max(0.0, now - os.stat(path).st_mtime)
    except OSError:
        return "", None
