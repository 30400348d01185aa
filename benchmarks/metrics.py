"""Reading an answer in Prometheus's text format, as `Reply.metrics()` does."""

import time
from collections.abc import Callable

from benchmarks.table import table
from checkwright.sources.prometheus_text import PrometheusText

#: Samples of one histogram: its buckets, sum and count.
_BUCKETS = 14


def metrics(rounds: int = 200, samples: int = 967) -> str:
    """Measure an answer of histograms of a broker: processor time, the least of some rounds."""
    body = answer(samples)
    parsed = PrometheusText.parse(body, "x")
    names = parsed.names()
    one = names[0]
    steps: list[tuple[str, float]] = [
        ("find all metrics", _least(lambda: PrometheusText.parse(body, "x"), rounds)),
        (f"and read one of {len(parsed.samples(one))} samples", _least(lambda: _read(body, [one]), rounds)),
        ("and read all samples", _least(lambda: _read(body, names), rounds)),
    ]
    title = f"Reply.metrics(): {len(body) / 1000:.0f} kB, {samples} samples, least of {rounds} rounds"
    return table(title, ["step", "cpu ms"], [[step, f"{seconds * 1000:.2f}"] for step, seconds in steps])


def answer(samples: int) -> bytes:
    """Return an answer with so many samples, most of them with three labels."""
    lines: list[str] = []
    made = 0
    while made < samples:
        name = f"broker_queue_process_{made}_seconds"
        lines += [f"# HELP {name} Time that a message waits in a queue.", f"# TYPE {name} histogram"]
        own = [
            f'{name}_bucket{{vhost="/",le="{0.001 * 2**power:g}",node="broker@host-{made}"}} {7919 * power}'
            for power in range(_BUCKETS)
        ]
        own += [f"{name}_sum {made * 1.75}", f"{name}_count {made}"]
        lines += own[: samples - made]
        made += len(own)
    return "\n".join(lines).encode() + b"\n"


def _read(body: bytes, names: list[str]) -> None:
    parsed = PrometheusText.parse(body, "x")
    for name in names:
        parsed.samples(name)


def _least(measured: Callable[[], object], rounds: int) -> float:
    """Return the least processor time of a call, in seconds."""
    least = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        measured()
        least = min(least, time.process_time() - started)
    return least
