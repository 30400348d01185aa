"""Limit of the memory of one process, so that no check or plugin takes the memory of the machine."""

from __future__ import annotations

import resource
import threading

#: Bytes for one run, by default.
RUN_MEMORY = 1024**3
#: Bytes of writable memory that glibc maps for the stack of a thread, most of it never used.
_STACK = 8 * 1024**2


def limit_memory(most: int, threads: int = 0) -> None:
    """Limit this process, and each that it starts from now on, to `most` bytes of writable memory.

    An allocation beyond that fails: Python raises MemoryError, most other programs end with a message. threads: the
    most threads of this process, whose stacks count too. The limit is on data and not on addresses (RLIMIT_AS), since
    programs in Java or Go reserve many addresses that they never use.
    """
    stack = threading.stack_size() or _STACK
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    soft = most + threads * stack
    resource.setrlimit(resource.RLIMIT_DATA, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
