"""Output formats of an outcome: nagios, json, prometheus, influx and graphite."""

import time

from checkwright.core.ranges import number
from checkwright.core.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.core.outcome import Outcome, Reading

#: Suffixes of metric names by unit, as Prometheus's naming rules require.
_SUFFIXES = {"s": "_seconds", "B": "_bytes", "%": "_percent", "c": "_total", "B/s": "_bytes_per_second"}
_WORDS = "abcdefghijklmnopqrstuvwxyz0123456789_"


def render(outcome: "Outcome", output: str, verbose: int = 0) -> str:
    """Return the text to print, without the last newline. verbose: 0 to 3, for nagios."""
    if output == "nagios":
        return outcome.text(verbose)
    return {"json": _json, "prometheus": _prometheus, "influx": _influx, "graphite": _graphite}[output](outcome)


def _json(outcome: "Outcome") -> str:
    import json

    return json.dumps(
        {
            "check": outcome.name,
            "state": outcome.state,
            "exit_code": outcome.exit_code,
            "summary": outcome.summary,
            "results": [{"state": line.state, "text": line.text} for line in outcome.lines],
            "metrics": [
                {
                    "label": reading.label,
                    "gauge": reading.gauge,
                    # Strict JSON parsers reject half a surrogate pair, which a file name outside UTF-8 contains.
                    "item": reading.item.encode("utf-8", "backslashreplace").decode("utf-8"),
                    "value": reading.value,
                    "unit": reading.unit,
                    "warn": reading.warn,
                    "crit": reading.crit,
                    "min": reading.min,
                    "max": reading.max,
                    "state": reading.state,
                }
                for reading in outcome.readings
            ],
        }
    )


def _prometheus(outcome: "Outcome") -> str:
    """Return the text exposition format: one family for each gauge, the item as a label, the state as a number."""
    prefix = f"check_{_word(outcome.name)}"
    lines = [f"# HELP {prefix}_state 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN"]
    lines += [f"# TYPE {prefix}_state gauge", f"{prefix}_state {outcome.exit_code}"]
    families: dict[str, list[Reading]] = {}
    for reading in outcome.readings:
        families.setdefault(f"{prefix}_{_word(reading.gauge)}{_SUFFIXES.get(reading.unit, '')}", []).append(reading)
    for family, readings in families.items():
        kind = "counter" if readings[0].unit == "c" else "gauge"
        lines += [f"# HELP {family} {_prometheus_text(readings[0].title)}", f"# TYPE {family} {kind}"]
        for reading in readings:
            shown = _prometheus_text(reading.item).replace('"', '\\"')
            item = f'{{item="{shown}"}}' if reading.item else ""
            lines.append(f"{family}{item} {'NaN' if reading.value is None else number(reading.value)}")
    return "\n".join(lines)


def _influx(outcome: "Outcome") -> str:
    """Return the line protocol: the check is the measurement, the item a tag, gauges are fields.

    Missing values are omitted.
    """
    measurement = _word(outcome.name)
    fields: dict[str, list[str]] = {"": [f"state={outcome.exit_code}"]}
    for reading in outcome.readings:
        if reading.value is not None:
            fields.setdefault(_influx_key(reading.item), []).append(
                f"{_influx_key(reading.gauge)}={number(reading.value)}"
            )
    return "\n".join(
        f"{measurement}{f',item={item}' if item else ''} {','.join(values)}" for item, values in fields.items()
    )


def _graphite(outcome: "Outcome") -> str:
    """Return the plaintext protocol: `CHECK.GAUGE[.ITEM] VALUE SECONDS`. Missing values are omitted."""
    now = int(time.time())
    lines = [f"{_word(outcome.name)}.state {outcome.exit_code} {now}"]
    for reading in outcome.readings:
        if reading.value is not None:
            # A dot starts a level of the tree, so an item must not contain one.
            parts = reading.label.replace(".", "_").replace("/", "_").split(":", 1)
            lines.append(f"{_word(outcome.name)}.{'.'.join(parts)} {number(reading.value)} {now}")
    return "\n".join(lines)


def _word(name: str) -> str:
    return "".join(character if character in _WORDS else "_" for character in name.lower())


def _prometheus_text(text: str) -> str:
    return clean(text, 200).replace("\\", "\\\\")


def _influx_key(text: str) -> str:
    # Parsers of this protocol differ on double backslashes, so the only ones left are those that escape.
    return clean(text, 200).replace("\\", "/").replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")
