"""What holds for all tests."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no fault of ours. In continuous integration Hypothesis has a profile of its own that says the same.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
if settings.get_current_profile_name() == "default":
    settings.load_profile("patient")


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


@pytest.fixture(autouse=True)
def projects_are_forgotten(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a test loads from a temporary folder goes with it: the next one may have a project of the same name.

    `checkctl` loads a project into this process, where it stays, and refuses another folder's of that name.
    """
    yield
    scratch = tmp_path_factory.getbasetemp().resolve()
    # Of packages: a part's path is asked of the whole, which must be there for that.
    packages = [name for name in sys.modules if "." not in name and hasattr(sys.modules[name], "__path__")]
    gone = {name for name in packages if any(Path(path).is_relative_to(scratch) for path in sys.modules[name].__path__)}
    for name in [name for name in sys.modules if name.partition(".")[0] in gone]:
        del sys.modules[name]
