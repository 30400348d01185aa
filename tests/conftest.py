"""What holds for all tests."""

import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def signals_as_a_terminal_has_them() -> Iterator[None]:
    """nohup ignores SIGHUP, and a shell SIGINT in the background, for all that they start. Tests send both."""
    before = {number: signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGINT)}
    for number, usual in ((signal.SIGHUP, signal.SIG_DFL), (signal.SIGINT, signal.default_int_handler)):
        if before[number] is signal.SIG_IGN:
            signal.signal(number, usual)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
