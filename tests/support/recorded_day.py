"""Values of resources that follow the load of a day of the shop, as the batch and Prometheus record them."""

import json
import random
from collections.abc import Iterator

from checkwright.latency.counts import Counts
from checkwright.report.saturation import load_of

#: Resource: host, watch, check, label, unit, critical, value without load, value at the peak, spread.
RESOURCES = (
    ("web-1", "cpu", "cpu", "busy", "%", "95", 8.0, 52.0, 2.0),
    ("db-1", "postgresql", "postgresql", "connections", "%", "90", 10.0, 62.0, 2.0),
    ("db-1", "disk_io", "disk_io", "busy:sda", "%", "95", 5.0, 30.0, 3.0),
    ("web-1", "swap", "swap", "used", "%", "80", 61.0, 61.0, 4.0),
    ("web-1", "disk", "disk", "space:/", "%", "90", 20.0, 20.0, 1.0),
)
#: The resource that runs out first: its limit over the peak's growth.
FIRST = ("db-1", "postgresql connections", (90 - 10) / 52)


def values(counts: Counts, seed: int = 5) -> Iterator[tuple[int, tuple[object, ...], float]]:
    """Yield the start of each slot, a resource of RESOURCES, and its value there."""
    chance = random.Random(seed)
    load = load_of(counts)
    busiest = sorted(load.values())[-12:]
    peak = sum(busiest) / len(busiest)
    for start in sorted(load):
        for resource in RESOURCES:
            base, most, spread = resource[6:]
            value = base + (most - base) * load[start] / peak + chance.gauss(0, spread)
            yield start, resource, round(max(0.0, value), 3)


def result_lines(counts: Counts, environment: str = "production") -> list[str]:
    """Return the values as lines that the batch writes."""
    found = []
    for start, (host, watch, check, label, unit, crit, *_), value in values(counts):
        shown = {"label": label, "value": value, "unit": unit, "warn": "", "crit": crit, "min": "0", "max": "100"}
        record = {
            "environment": environment,
            "role": "linux",
            "host": host,
            "watch": watch,
            "check": check,
            "state": "OK",
            "exit_code": 0,
            "started": start + 7.5,
            "seconds": 0.02,
            "summary": "",
            "details": [],
            "values": [shown],
        }
        found.append(json.dumps(record))
    return found


def open_metrics(counts: Counts) -> str:
    """Return the values in OpenMetrics, with moments, as `promtool tsdb create-blocks-from openmetrics` reads them."""
    families: dict[str, list[str]] = {}
    for start, (host, watch, check, label, *_), value in values(counts):
        gauge, _, item = str(label).partition(":")
        labels = f'host="{host}",watch="{watch}"' + (f',item="{item}"' if item else "")
        name = f"check_{check}_{gauge}_percent"
        families.setdefault(name, [f"# TYPE {name} gauge"]).append(f"{name}{{{labels}}} {value} {start}")
    return "\n".join(line for lines in families.values() for line in lines) + "\n# EOF\n"
