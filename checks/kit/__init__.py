"""The test kit: `run` a check against fakes, compare what it says with a golden, and try what Nagios may do to it.

Importable by any project's tests. Fakes are loaded when they are asked for; each
subclasses the real source and keeps its signatures.
"""

from checks.kit.run import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checks.kit.conformance import assert_conforms as assert_conforms
    from checks.kit.golden import Golden as Golden

_HOMES: dict[str, str] = {
    "Golden": "golden",
    "assert_conforms": "conformance",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"checks.kit has no {name}")
    from importlib import import_module

    return getattr(import_module(f"checks.kit.{home}"), name)


__all__ = ["Golden", "assert_conforms", "run"]
