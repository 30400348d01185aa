"""Blocks of whole lines from the parts of a log."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Bytes of a block: larger ones cost memory and save no time. Also the most bytes of one line.
BLOCK = 1 << 20
#: Bytes that stay of a line that is longer.
KEPT = 1_000


def whole_lines(parts: "Iterable[bytes]", *, complete: bool = True) -> "Iterator[bytes]":
    """Yield blocks of whole lines, each with its newline, from parts of a log.

    complete: a last line without its newline gets one; otherwise it is left out. Of a line that is longer than a block
    only the beginning stays, so that memory is bounded.
    """
    rest, skipping = b"", False
    for part in parts:
        if skipping:
            at = part.find(b"\n")
            if at < 0:
                continue
            part, skipping = part[at + 1 :], False
        part = rest + part if rest else part
        at = part.rfind(b"\n") + 1
        if at:
            yield part[:at]
            rest = part[at:]
        else:
            rest = part
        if len(rest) > BLOCK:
            yield rest[:KEPT] + b"\n"
            rest, skipping = b"", True
    if rest and complete:
        yield rest + b"\n"
