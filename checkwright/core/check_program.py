"""The program `check`: `check NAME [options]`, or a link to it called check_NAME. Nagios and Sensu execute it."""

import os
import sys

from checkwright.core.guard import Guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from checkwright.core.check import Check
    from checkwright.core.run import Run

LOADING_SECONDS = 10.0
_UNKNOWN = 3
USAGE = """\
usage: check [--project DIR] NAME [options]

Runs one check and prints its result: one status line, exit 0 OK, 1 WARNING,
2 CRITICAL, 3 UNKNOWN. A link to this program called check_NAME runs NAME.

  check NAME --help     the check's options, thresholds and defaults
  checkctl list         all checks

--project DIR, before or after NAME, or the variable CHECKS_PROJECT names the
project whose own checks are found too. CHECKS_STATE_READONLY=1 leaves the
memory between runs as it is: use it to run a check by hand.
"""


def main(since: float | None = None, *, may_act: bool = True) -> "NoReturn":
    """Run the check that the command line names. Ends the process with 0 to 3 and nothing else.

    since: start of the run's time on the monotonic clock, where another process began this run.
    may_act: False if the command line comes from the network. The check then only measures: `act` is not called,
    whatever the options are.
    """
    try:
        from checkwright.core.catalog import name_of_link
        from checkwright.core.invocation import requested_output

        link = name_of_link(sys.argv[0])
        guard = Guard(link or "check", LOADING_SECONDS, output=requested_output(sys.argv[1:]))
    except BaseException as error:  # Python would end with 1, which is a WARNING
        _cannot_start(error)
    try:
        text, code = _run(guard, link, sys.argv[1:], since, may_act)
    except BaseException as error:  # a defect of the library is one line too
        text, code = internal_error(error)
    guard.finish(text, code)


def _cannot_start(error: BaseException) -> "NoReturn":
    end = " |" if "--output=sensu" in sys.argv else ""  # see sensu_output, which may not load any more
    try:
        text = f"CHECK UNKNOWN: check cannot start: {_cleaned(error)}{end}\n"
        os.write(1, text.encode("utf-8", "backslashreplace"))
    finally:
        os._exit(_UNKNOWN)


def internal_error(error: BaseException) -> tuple[str, int]:
    """Return output and exit code for a defect in the library itself."""
    return f"CHECK UNKNOWN: check itself failed: {type(error).__name__}: {_cleaned(error)}", _UNKNOWN


def _cleaned(error: BaseException) -> str:
    """Return the text of an error, safe to print, also where no module can be loaded any more."""
    try:
        from checkwright.core.text import clean

        return clean(error)
    except BaseException:
        return " ".join(ascii(str(error)).replace("|", " ").split())[:1_000]


def not_found(name: str, error: Exception) -> tuple[str, int]:
    """Return output and exit code if there is no such check, or none that can be loaded."""
    from checkwright.core.text import clean

    return f"{clean(name).upper()} UNKNOWN: {clean(error)}", _UNKNOWN


def _run(guard: Guard, link: str, words: list[str], since: float | None, may_act: bool) -> tuple[str, int]:
    from checkwright.core.errors import BadUsage
    from checkwright.core.invocation import parse_invocation

    try:
        invocation = parse_invocation(link, words)
    except BadUsage as error:
        return not_found("check", error)
    name = invocation.name
    if not name:
        return (_version("check") if invocation.page == "version" else USAGE.rstrip()), _UNKNOWN
    from checkwright.core.catalog import find
    from checkwright.core.check import Check
    from checkwright.core.run import Run
    from checkwright.core.world import World

    try:
        kind = find(name, invocation.project)
    except BadUsage as error:
        return not_found(name, error)
    if invocation.page == "help":
        from checkwright.core.help import manual

        return manual(kind).rstrip(), _UNKNOWN
    if invocation.page == "version":
        return _version(name), _UNKNOWN
    run = Run(kind, invocation.words, World(), since, project=invocation.project)
    if invocation.after_name and not run.usage and not run.args.project:
        _ignore_project(run, kind)
    if may_act and kind.act is not Check.act and not run.usage:
        guard.release()
        status = run.check.act()
        if status is not None:
            os._exit(status)
        guard = Guard(name, run.args.timeout, output=run.args.output)
    guard.watch(run)
    outcome = run.go()
    return run.render(outcome, guard.printed.text)


def _ignore_project(run: "Run", kind: "type[Check]") -> None:
    """Handle words that look like `--project DIR`, but are an option's value or words to run.

    A check of the library was found without that folder. Any other check may have been loaded from it.
    """
    from checkwright.core.catalog import project_from_environment

    if kind.__module__.startswith("checks."):
        run.current.project = project_from_environment()
    else:
        run.usage = (
            "--project names the project: write it as one word with its option where it is a value "
            "(--OPTION=--project), and put -- before words to run"
        )


def _version(name: str) -> str:
    from importlib.metadata import version

    return f"{name} (checkwright {version('checkwright')})"
