"""Program `check` with a clock that counts: each look at it takes 2 ms, so that every run prints equal times."""

import time
from itertools import count

_LOOKS = count()
_STEP = 0.002


def _perf_counter() -> float:
    return next(_LOOKS) * _STEP


if __name__ == "__main__":
    time.perf_counter = _perf_counter
    from checkwright.core.check_program import main

    main()
