"""Platforms of an asset: operating system, processor and Pythons of its compiled modules."""

from __future__ import annotations

import platform
import re
import sys
from dataclasses import dataclass
from importlib.machinery import EXTENSION_SUFFIXES

from checkwright.core.errors import CannotDo

#: Processor names of `uname -m`, and Go's names for them in an entity's `system.arch`.
_ARCHES = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "i386": "386",
    "i686": "386",
    "armv6l": "arm",
    "armv7l": "arm",
    "ppc64le": "ppc64le",
    "riscv64": "riscv64",
    "s390x": "s390x",
}
#: Processors with wheels in an index: names of `uname -m`, and of Python's compiled modules.
MACHINES = {
    "amd64": ("x86_64", "x86_64"),
    "arm64": ("aarch64", "aarch64"),
    "386": ("i686", "i386"),
    "ppc64le": ("ppc64le", "powerpc64le"),
    "s390x": ("s390x", "s390x"),
}
_VERSION = re.compile(r"3\.(\d{1,3})", re.ASCII)
_OLDEST = 11


@dataclass(frozen=True, slots=True, order=True)
class Python:
    """Version of CPython: `minor` of Python 3, and `abi`, the suffix of modules compiled for it."""

    minor: int
    abi: str

    def __str__(self) -> str:
        return f"3.{self.minor}"

    @property
    def tag(self) -> str:
        return f"cp3{self.minor}"


@dataclass(frozen=True, slots=True)
class Platform:
    """Platform: `os` and `arch` as Sensu names them, and the Pythons that may run the asset, oldest first."""

    os: str
    arch: str
    pythons: tuple[Python, ...]

    def __str__(self) -> str:
        return f"{self.os}_{self.arch}_{'.'.join(python.tag for python in self.pythons)}"

    @property
    def filters(self) -> tuple[str, ...]:
        """Return the filters for entities. Sensu does not know their Python; the launcher checks it."""
        return (f"entity.system.os == '{self.os}'", f"entity.system.arch == '{self.arch}'")


def here() -> Platform:
    """Return the platform of the running Python. Raises CannotDo when Sensu has no name for it."""
    arch = _ARCHES.get(platform.machine())
    if sys.platform != "linux" or arch is None or sys.implementation.name != "cpython":
        named = f"{sys.platform} on {platform.machine()} with {sys.implementation.name}"
        raise CannotDo(
            f"No asset can be built on {named}: an asset needs CPython on Linux, and a processor that Sensu names."
        )
    return Platform("linux", arch, (Python(sys.version_info.minor, EXTENSION_SUFFIXES[0]),))


def selected(names: tuple[str, ...], versions: tuple[str, ...]) -> tuple[Platform, ...]:
    """Return the platforms named linux/amd64, linux/arm64..., each for these versions of Python (3.11, 3.12...).

    Defaults are the current platform and Python. Raises CannotDo for a platform that cannot be built here.
    """
    own = here()
    minors = sorted({_minor(version) for version in versions}) or [own.pythons[0].minor]
    return tuple(
        Platform("linux", arch, tuple(_python(arch, minor, own) for minor in minors))
        for arch in dict.fromkeys(_arch(name, own) for name in names or (f"linux/{own.arch}",))
    )


def _arch(name: str, own: Platform) -> str:
    system, _, arch = name.partition("/")
    if system != "linux" or arch not in {*MACHINES, own.arch}:
        known = ", ".join(f"linux/{arch}" for arch in sorted({*MACHINES, own.arch}))
        raise CannotDo(f"No asset can be built for the platform {name!r}: it is one of {known}.")
    return arch


def _minor(version: str) -> int:
    match = _VERSION.fullmatch(version)
    if match is None or int(match[1]) < _OLDEST:
        raise CannotDo(f"--python {version!r} is not a version that runs checks: write 3.{_OLDEST} or a newer one.")
    return int(match[1])


def _python(arch: str, minor: int, own: Platform) -> Python:
    if (arch, minor) == (own.arch, own.pythons[0].minor):
        return own.pythons[0]
    if arch not in MACHINES:
        raise CannotDo(f"For linux/{arch} an asset can only be built with its own Python {own.pythons[0]}.")
    return Python(minor, f".cpython-3{minor}-{MACHINES[arch][1]}-linux-gnu.so")
