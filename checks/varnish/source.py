"""Counters of the Varnish of this machine, read by its program varnishstat."""

from checkwright.core.text import clean
from checkwright.sources import CannotTell, Down, Source
from checkwright.sources.command import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class VarnishState:
    """Counters of one Varnish by name, such as MAIN.cache_hit."""

    __slots__ = ("counters",)

    def __init__(self, counters: "Mapping[str, float]") -> None:
        self.counters = dict(counters)

    def number(self, name: str) -> float:
        """Return a counter, 0 if this version does not have it."""
        return self.counters.get(name, 0)

    def probes(self) -> "dict[str, tuple[int, float]]":
        """Return the last 64 probes of each backend as bits, the last one lowest, and its fetches while unhealthy.

        A reload gives the backend a new name in the counters, so the last part counts, and the newest of two wins.
        """
        found = {}
        for name, value in self.counters.items():
            if name.startswith("VBE.") and name.endswith(".happy"):
                backend = name[4:-6]
                unhealthy = self.number(f"VBE.{backend}.unhealthy")
                found[backend.partition(".")[2] or backend] = (int(value), unhealthy)
        return found


class Varnish(Source):
    """Varnish of this machine."""

    def state(self, name: str = "") -> VarnishState:
        """Return the counters. name: the instance, `varnishd -n`, a folder or a name.

        Raises Down if its child process does not run, CannotTell if this user may not read the counters.
        """
        done = run(["varnishstat", *(["-n", name] if name else []), "-t", "0", "-1", "-j"], limit=10_000_000)
        if done.code == 0 and done.output.strip():
            return parse(done.output)
        text = clean(done.errors or done.output, 300)
        raise CannotTell(
            f"varnishstat cannot read the counters: {text or f'exit status {done.code}'}; "
            "varnishd does not run, or this user is not in the group varnish"
        )


def parse(text: str) -> VarnishState:
    """Parse the output of `varnishstat -1 -j`, of version 6.5 and later, and of earlier ones. Raises CannotTell, Down.

    Without the counters of MAIN, which belong to the child process, that process does not run.
    """
    import json

    try:
        document = json.loads(text)
        values = document.get("counters", document)
        counters = {name: float(one["value"]) for name, one in values.items() if isinstance(one, dict)}
    except (ValueError, AttributeError, KeyError, TypeError, OverflowError, RecursionError):
        raise CannotTell("varnishstat prints no counters") from None
    if "MGT.uptime" not in counters:
        raise CannotTell("varnishstat prints no counters of varnishd")
    if not any(name.startswith("MAIN.") for name in counters):
        raise Down("varnish: its child process does not run")
    return VarnishState(counters)
