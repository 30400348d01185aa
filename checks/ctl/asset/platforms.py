"""Which machines an asset is for: operating system, processor and Python, as its compiled parts demand."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass

from checks.ctl.session import CannotDo

#: What `uname -m` says, and what Go, so an entity's `system.arch`, calls it.
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


@dataclass(frozen=True, slots=True)
class Platform:
    """`os` and `arch` as Sensu names them, `python` such as cp311, `abi` the ending of compiled modules."""

    os: str
    arch: str
    python: str
    abi: str

    def __str__(self) -> str:
        return f"{self.os}_{self.arch}_{self.python}"

    @property
    def filters(self) -> tuple[str, ...]:
        """What an entity must be. Sensu knows nothing of its Python: the launcher looks at that."""
        return (f"entity.system.os == '{self.os}'", f"entity.system.arch == '{self.arch}'")


def here() -> Platform:
    """The platform of the Python that runs this. Raises CannotDo when Sensu has no name for it."""
    from importlib.machinery import EXTENSION_SUFFIXES

    arch = _ARCHES.get(platform.machine())
    if sys.platform != "linux" or arch is None or sys.implementation.name != "cpython":
        named = f"{sys.platform} on {platform.machine()} with {sys.implementation.name}"
        raise CannotDo(
            f"No asset can be built on {named}: it takes CPython on Linux, and a processor that Sensu names."
        )
    return Platform("linux", arch, f"cp{sys.version_info.major}{sys.version_info.minor}", EXTENSION_SUFFIXES[0])
