"""Line numbers of calls, for registries. A check that runs never loads this module."""

from array import array
from bisect import bisect_right
from types import CodeType, FrameType

#: By the id of a code object: the object (so that its id stays taken), offsets where lines begin, line numbers or 0.
_tables: "dict[int, tuple[CodeType, array[int], array[int]]]" = {}
_MOST_TABLES = 64


def line_of(frame: FrameType) -> int:
    """Return the current line of a frame, from 1.

    Python's own `f_lineno` counts from the first line of the code each time. In a module with many
    thousand declarations that takes most of the loading time.
    """
    code = frame.f_code
    if id(code) not in _tables:
        if len(_tables) >= _MOST_TABLES:
            _tables.clear()
        starts, lines = array("L"), array("L")
        for start, _, line in code.co_lines():
            starts.append(start)
            lines.append(line or 0)
        _tables[id(code)] = code, starts, lines
    _, starts, lines = _tables[id(code)]
    return lines[bisect_right(starts, frame.f_lasti) - 1] or frame.f_lineno
