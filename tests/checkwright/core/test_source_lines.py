"""Line numbers of calls, compared with Python's own."""

import sys
from types import FrameType

from checkwright.core.source_lines import line_of

MODULE = """\
a = note()
b = (
    note(),
    [note(1), note(
        2,
    )],
)


class C:
    x = note()
    y: int = note(
    )


def later():
    return note()


c = later(); d = note()
"""


def test_line_of_returns_the_line_of_f_lineno() -> None:
    frames: list[tuple[int, int]] = []

    def note(*_: object) -> int:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            frames.append((line_of(frame), frame.f_lineno))
            frame = frame.f_back
        return 0

    exec(compile(MODULE, "module", "exec"), {"note": note, "__name__": "module"})
    assert len(frames) > 8
    assert [ours for ours, _ in frames] == [pythons for _, pythons in frames]


def test_many_modules_leave_no_wrong_lines() -> None:
    found: list[int] = []
    for number in range(200):
        code = compile("\n" * number + "note()", f"module-{number}", "exec")
        exec(code, {"note": lambda: found.append(line_of(sys._getframe(1)))})
    assert found == list(range(1, 201))
