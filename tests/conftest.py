"""Fixtures and settings of all tests."""

import signal
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest
from hypothesis import HealthCheck, settings

from tests.support import golden_file

# Deadlines would fail on a busy machine. Hypothesis's own profile for continuous integration has none either.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
if settings.get_current_profile_name() == "default":
    settings.load_profile("patient")


#: Modules that are not of a project in a temporary folder. Thousands are loaded, and each test looks for new ones.
_elsewhere: dict[str, ModuleType] = {}


def pytest_configure(config: pytest.Config) -> None:
    golden_file.update = config.getoption("--update-goldens")


@pytest.fixture(scope="session", autouse=True)
def default_signal_handlers() -> Iterator[None]:
    """Restore the handlers of SIGHUP and SIGINT, which tests send.

    nohup and a shell's background jobs ignore them, and child processes inherit that.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGINT)}
    for number, usual in ((signal.SIGHUP, signal.SIG_DFL), (signal.SIGINT, signal.default_int_handler)):
        if before[number] is signal.SIG_IGN:
            signal.signal(number, usual)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def unload_projects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Unload the projects that a test loaded from temporary folders.

    `checkctl` loads a project into this process and refuses another one of the same name.
    """
    yield
    scratch = f"{tmp_path_factory.getbasetemp().resolve()}/"
    new = [(name, module) for name, module in list(sys.modules.items()) if _elsewhere.get(name) is not module]
    # Top packages only: the path of a subpackage cannot be read without its parent.
    packages = {name: module.__path__ for name, module in new if "." not in name and hasattr(module, "__path__")}
    gone = {name for name, paths in packages.items() if any(path.startswith(scratch) for path in paths)}
    _elsewhere.update((name, module) for name, module in new if name.partition(".")[0] not in gone)
    if not gone:
        return
    for name in [name for name in sys.modules if name.partition(".")[0] in gone]:
        del sys.modules[name]
