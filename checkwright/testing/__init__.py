"""Tests of checks: run a check against fakes, compare its output with a golden entry, try it on bad days.

Fakes of a family's source live with it: `from checks.redis.fake import FakeRedisServers`. The fakes of shared
sources are here. Names are loaded on first use, since the pytest plugin is loaded in every project.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.testing.conformance import assert_conforms as assert_conforms
    from checkwright.testing.fakes import FakeCommand as FakeCommand
    from checkwright.testing.fakes import FakeHttp as FakeHttp
    from checkwright.testing.fakes import FakeLog as FakeLog
    from checkwright.testing.fakes import FakeStateFile as FakeStateFile
    from checkwright.testing.fakes import FakeUdp as FakeUdp
    from checkwright.testing.golden import Golden as Golden
    from checkwright.testing.runner import run as run

_MODULES = {
    "FakeCommand": "fakes",
    "FakeHttp": "fakes",
    "FakeLog": "fakes",
    "FakeUdp": "fakes",
    "FakeStateFile": "fakes",
    "Golden": "golden",
    "assert_conforms": "conformance",
    "run": "runner",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _MODULES:
        raise AttributeError(f"checkwright.testing has no {name}")
    return getattr(import_module(f"checkwright.testing.{_MODULES[name]}"), name)


__all__ = ["FakeCommand", "FakeHttp", "FakeLog", "FakeStateFile", "FakeUdp", "Golden", "assert_conforms", "run"]
