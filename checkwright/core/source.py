"""Base class of sources, the only code that communicates with other systems."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar, Self


class Source:
    """Base class of sources. A World opens a source on first use, without arguments, and closes it.

    A source raises Down (the target does not work) or CannotTell (it cannot be examined), each with one
    sentence that names the target, and no other exception. It returns within
    `checkwright.core.current.remaining()` seconds. Many runs may use it, so it keeps no data of one run
    that another must not see.
    """

    #: True if one instance serves all concurrent runs of a process and folds their requests.
    shared: "ClassVar[bool]" = False

    @classmethod
    def open(cls) -> "Self":
        """Open the source for one run, then the next."""
        return cls()

    @classmethod
    def open_shared(cls) -> "Self":
        """Open the source for all runs of a process, if `shared` is True."""
        return cls.open()

    def close(self) -> None:
        """Close connections and files. Called once, also after a failure."""
