"""Where a call was written. Only registries ask; a check that runs never loads this."""

from bisect import bisect_right
from types import CodeType, FrameType

#: By the id of a module's code: the code, which keeps its id, where its lines begin, and their numbers.
_tables: dict[int, tuple[CodeType, list[int], list[int | None]]] = {}
_MOST_TABLES = 64


def line_of(frame: FrameType) -> int:
    """The line (from 1) that a frame is at.

    Python's own `f_lineno` counts from the code's first line each time: in a module of many thousand
    declarations that is most of what loading it takes.
    """
    code = frame.f_code
    if id(code) not in _tables:
        if len(_tables) >= _MOST_TABLES:
            _tables.clear()
        spans = list(code.co_lines())
        _tables[id(code)] = code, [start for start, _, _ in spans], [line for _, _, line in spans]
    _, starts, lines = _tables[id(code)]
    return lines[bisect_right(starts, frame.f_lasti) - 1] or frame.f_lineno
