"""The base of all sources: the only code that talks to the outside."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar, Self


class Source:
    """Opened on first use by a World, without arguments; closed with it.

    A source raises Down (the thing does not work) or CannotTell (we could not
    look), each with one sentence that names the target, and nothing else. It
    keeps within `checkwright.core.current.remaining()`. It may be used by many runs,
    so it keeps nothing of one run that another may learn.
    """

    #: One instance serves all runs of a process at the same time, and folds their requests.
    shared: "ClassVar[bool]" = False

    @classmethod
    def open(cls) -> "Self":
        """Open the source for one run after another."""
        return cls()

    @classmethod
    def open_shared(cls) -> "Self":
        """Open the source for all runs of a process, where `shared` is True."""
        return cls.open()

    def close(self) -> None:
        """Give back what was opened. Called once, also after a failure."""
