"""Errors of checks, sources and commands, and the state that each means in a run."""


class CheckError(Exception):
    """Error with one sentence for the status line: what failed, where, and what to do.

    Sources raise Down or CannotTell. The run catches them.
    """

    state = "UNKNOWN"


class Down(CheckError):
    """The monitored thing does not work: CRITICAL."""

    state = "CRITICAL"


class CannotTell(CheckError):
    """The check cannot find out whether it works: UNKNOWN."""


class BadUsage(CannotTell):
    """Options that are invalid, alone or in combination: UNKNOWN."""


class DeclarationError(TypeError):
    """Mistake in a check's class or in its use in a registry. The message names the class and the field."""


class CannotDo(Exception):
    """Failure of a command, as one sentence that says why. The program exits with 2."""
