"""What can go wrong in a run, and which state each thing means."""


class CheckError(Exception):
    """One sentence for the status line: what, where, and what to do. Raised by sources, caught by the run."""

    state = "UNKNOWN"


class Down(CheckError):
    """The thing that is watched does not work: CRITICAL."""

    state = "CRITICAL"


class CannotTell(CheckError):
    """We could not look: UNKNOWN."""


class BadUsage(CannotTell):
    """The command line asks for something that cannot be: UNKNOWN, exit 3."""


class DeclarationError(TypeError):
    """A check class or its use in a registry is not well formed. Names the class and the field."""


class CannotDo(Exception):
    """A command cannot do its work: one sentence that says why. The program ends with 2."""
