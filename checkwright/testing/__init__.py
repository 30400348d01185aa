"""Tests of checks: run a check against fakes, compare its output with a golden file, try it on bad days.

Fakes of a family's source live with it: `from checks.redis.fake import FakeRedis`. The fakes of shared
sources are here. Names are loaded on first use, since the pytest plugin is loaded in every project.
"""

from checkwright.testing.runner import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.testing.conformance import assert_conforms as assert_conforms
    from checkwright.testing.fakes import FakeCommand as FakeCommand
    from checkwright.testing.fakes import FakeHttp as FakeHttp
    from checkwright.testing.fakes import FakeStateFile as FakeStateFile
    from checkwright.testing.golden import Golden as Golden

_MODULES = ("fakes", "golden", "conformance")


def __getattr__(name: str) -> object:
    from importlib import import_module

    for module in _MODULES if name in __all__ else ():
        found = getattr(import_module(f"checkwright.testing.{module}"), name, None)
        if found is not None:
            return found
    raise AttributeError(f"checkwright.testing has no {name}")


__all__ = ["FakeCommand", "FakeHttp", "FakeStateFile", "Golden", "assert_conforms", "run"]
