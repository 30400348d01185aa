"""`check NAME [options]`: what Nagios and Sensu execute. Also by its own name, as a link `check_NAME`."""

import os
import sys

from checkwright.core.guard import Guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

LOADING_SECONDS = 10.0
_UNKNOWN = 3
USAGE = """\
usage: check [--project DIR] NAME [options]

Runs one check and says what it found: one status line, exit 0 OK, 1 WARNING,
2 CRITICAL, 3 UNKNOWN. A link to this program called check_NAME runs NAME.

  check NAME --help     the check's options, thresholds and defaults
  checkctl list         all checks

A project's own checks are found with --project DIR or the variable CHECKS_PROJECT.
"""


def main(since: float | None = None) -> "NoReturn":
    """Run the check that the command line names. Ends the process with 0 to 3 and nothing else.

    since: when the run's time began on the monotonic clock, where another process has tried before.
    """
    try:
        from checkwright.core.catalog import name_of_link

        link = name_of_link(sys.argv[0])
        guard = Guard(link or "check", LOADING_SECONDS)
    except BaseException as error:  # Python would end with 1, which is a WARNING
        _give_up(error)
    try:
        text, code = _checked(guard, link, sys.argv[1:], since)
    except BaseException as error:  # the last net: a defect of ours is one line too
        text, code = broken(error)
    guard.speak(text, code)


def _give_up(error: BaseException) -> "NoReturn":
    try:
        os.write(1, f"CHECK UNKNOWN: check cannot start: {error}\n".encode("utf-8", "backslashreplace"))
    finally:
        os._exit(_UNKNOWN)


def broken(error: BaseException) -> tuple[str, int]:
    """What is said of a defect in the library itself."""
    return f"CHECK UNKNOWN: check itself failed: {type(error).__name__}: {error}", _UNKNOWN


def not_found(name: str, error: Exception) -> tuple[str, int]:
    """What is said where there is no such check, or none that can be loaded."""
    from checkwright.core.text import clean

    return f"{clean(name).upper()} UNKNOWN: {clean(error)}", _UNKNOWN


def _checked(guard: Guard, link: str, words: list[str], since: float | None) -> tuple[str, int]:
    from checkwright.core.errors import BadUsage

    try:
        project, name, words = named(link, words)
    except BadUsage as error:
        return f"CHECK UNKNOWN: {error}", _UNKNOWN
    if not name:
        return USAGE.rstrip(), _UNKNOWN
    if name in ("-V", "--version"):
        return _version("check"), _UNKNOWN
    from checkwright.core.catalog import find
    from checkwright.core.check import Check
    from checkwright.core.run import Run
    from checkwright.core.world import World

    try:
        kind = find(name, project)
    except BadUsage as error:
        return not_found(name, error)
    asked = asks_for(words)
    if asked == "help":
        from checkwright.core.help import manual

        return manual(kind).rstrip(), _UNKNOWN
    if asked == "version":
        return _version(name), _UNKNOWN
    run = Run(kind, words, World(), since)
    run.current.project = project
    if kind.act is not Check.act and not run.usage:
        guard.step_aside()
        status = run.check.act()
        if status is not None:
            os._exit(status)
        guard = Guard(name, run.said.seconds)
    guard.watch(run)
    outcome = run.go()
    return run.told(outcome, guard.printed.text)


def asks_for(words: list[str]) -> str:
    """`help` or `version` where a check's own words want that instead of a run, else nothing."""
    own = words[: words.index("--")] if "--" in words else words
    if "-h" in own or "--help" in own:
        return "help"
    return "version" if "-V" in own or "--version" in own else ""


def named(link: str, words: list[str]) -> tuple[str, str, list[str]]:
    """Project, name and the check's own words. link: the check that the program's own name stands for, or nothing."""
    from checkwright.core.catalog import project_from_environment
    from checkwright.core.errors import BadUsage

    project = project_from_environment()
    while words and (words[0] == "--project" or words[0].startswith("--project=")):
        _, equals, value = words[0].partition("=")
        if not equals:
            if len(words) < 2:
                raise BadUsage("--project needs a folder")
            value, words = words[1], words[1:]
        project, words = value, words[1:]
    if link:
        return project, link, words
    if not words or words[0] in ("-h", "--help"):
        return project, "", []
    return project, words[0], words[1:]


def _version(name: str) -> str:
    from importlib.metadata import version

    return f"{name} (checkwright {version('checkwright')})"
