"""Sample command line of a check that works on this machine, declared in the check's own test module.

`tests/end_to_end/test_every_check_for_sensu.py` runs the sample of every check, directly and as Sensu's agent does.

    SAMPLE = Sample("--path / " + no_limits("space", "inodes"))

A check that needs a server declares a function instead, which gets a folder for its files:

    @contextmanager
    def sample(folder: Path) -> Iterator[Sample]:
        with dns_server({"shop.test A": ["shop.test. A 127.0.0.1"]}) as server:
            yield Sample(f"--host shop.test --server {server}")
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from checkwright.core.catalog import Found
from tests.support.installed import ROOT


@dataclass(frozen=True)
class Sample:
    """Words of a command line without the check's name, and the state that the check has with them.

    state: "" if this machine decides. env: environment of the run. has_metrics: False if the check may have none here.
    """

    words: str = ""
    state: str = "OK"
    env: Mapping[str, str] = field(default_factory=dict)
    has_metrics: bool = True


Declared = Sample | Callable[[Path], AbstractContextManager[Sample]]


def no_limits(*gauges: str) -> str:
    """Return words that switch off the limits of gauges, whose values other work on this machine decides."""
    return " ".join(f"--{gauge}-warning ~: --{gauge}-critical ~:" for gauge in gauges)


def sample_of(found: Found, folder: Path) -> AbstractContextManager[Sample]:
    """Return the sample of a check of the library. `folder` is for files that it needs."""
    declared = declared_sample(found)
    return nullcontext(declared) if isinstance(declared, Sample) else declared(folder)


def declared_sample(found: Found) -> Declared:
    """Return SAMPLE or sample() of a check's test module. Raises LookupError that says where to add one."""
    file = Path("tests/checks", found.family, f"test_{found.name}.py")
    module = import_module(".".join(file.with_suffix("").parts)) if (ROOT / file).exists() else None
    names = vars(module) if module else {}
    declared: Declared | None = names.get("sample", names.get("SAMPLE"))
    if declared is None:
        raise LookupError(
            f"The check {found.name} has no sample command line. Add SAMPLE = Sample(...) to {file}; "
            "tests/support/sample.py shows how."
        )
    return declared
