"""Output formats of an outcome: nagios, sensu, json, prometheus, influx and graphite."""

import time

from checkwright.core.outcome import LIMIT, worst_first
from checkwright.core.ranges import number
from checkwright.core.sensu_output import SENSU, for_sensu
from checkwright.core.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from checkwright.core.outcome import Line, Outcome, Reading

#: Suffixes of metric names by unit, as Prometheus's naming rules require.
_SUFFIXES = {"s": "_seconds", "B": "_bytes", "%": "_percent", "c": "_total", "B/s": "_bytes_per_second"}
#: Bytes that a metric takes at least, in any format.
_LEAST = 12
_WORDS = "abcdefghijklmnopqrstuvwxyz0123456789_"


def render(outcome: "Outcome", output: str, verbose: int = 0) -> str:
    """Return the text to print, without the last newline. verbose: 0 to 3, for nagios and sensu.

    At most LIMIT bytes in every format: metrics are left out as a whole, the worst of them last, and one value more is
    the number of them.
    """
    if output == "nagios":
        return outcome.text(verbose)
    if output == SENSU:
        return for_sensu(outcome.text(verbose))
    write = {"json": _json, "prometheus": _prometheus, "influx": _influx, "graphite": _graphite}[output]
    return _within_limit(outcome, write)


def _within_limit(outcome: "Outcome", write: "Callable[[Outcome, Sequence[Reading]], str]") -> str:
    readings = outcome.readings
    if len(readings) <= LIMIT // _LEAST:
        text = write(outcome, readings)
        if _size(text) <= LIMIT:
            return text
    ranks = worst_first(readings)
    least, most = 0, min(len(readings), LIMIT // _LEAST)  # how many fit lies between
    text = write(outcome, ())
    while least < most:
        middle = (least + most + 1) // 2
        attempt = write(outcome, [readings[rank] for rank in sorted(ranks[:middle])])
        if _size(attempt) <= LIMIT:
            least, text = middle, attempt
        else:
            most = middle - 1
    return text


def _size(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))


def _lines_within_limit(outcome: "Outcome") -> "Sequence[Line]":
    """Return the lines that a third of the limit has room for, the worst of them if there are more."""
    room = LIMIT // 3
    kept = []
    for rank in worst_first(outcome.lines):
        room -= _json_size(outcome.lines[rank].text) + 40
        if room < 0:
            break
        kept.append(rank)
    return [outcome.lines[rank] for rank in sorted(kept)]


def _json_size(text: str) -> int:
    """Return the bytes that a text takes in JSON, at most: a character beyond ASCII takes 6 or 12."""
    return len(text) + 11 * sum(not " " <= character <= "~" or character in '"\\' for character in text)


def _json(outcome: "Outcome", readings: "Sequence[Reading]") -> str:
    import json

    lines = _lines_within_limit(outcome)
    left_out = {"results": len(outcome.lines) - len(lines), "metrics": len(outcome.readings) - len(readings)}
    return json.dumps(
        {
            **({"left_out": left_out} if any(left_out.values()) else {}),
            "check": outcome.name,
            "state": outcome.state,
            "exit_code": outcome.exit_code,
            "summary": outcome.summary,
            "results": [{"state": line.state, "text": line.text} for line in lines],
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
                for reading in readings
            ],
        }
    )


def _prometheus(outcome: "Outcome", readings: "Sequence[Reading]") -> str:
    """Return the text exposition format: one family for each gauge, the item as a label, the state as a number."""
    prefix = f"check_{_word(outcome.name)}"
    lines = [f"# HELP {prefix}_state 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN"]
    lines += [f"# TYPE {prefix}_state gauge", f"{prefix}_state {outcome.exit_code}"]
    if left_out := len(outcome.readings) - len(readings):
        lines += [f"# HELP {prefix}_metrics_left_out Metrics beyond the limit of an output"]
        lines += [f"# TYPE {prefix}_metrics_left_out gauge", f"{prefix}_metrics_left_out {left_out}"]
    families: dict[str, list[Reading]] = {}
    for reading in readings:
        families.setdefault(f"{prefix}_{_word(reading.gauge)}{_SUFFIXES.get(reading.unit, '')}", []).append(reading)
    for family, members in families.items():
        kind = "counter" if members[0].unit == "c" else "gauge"
        lines += [f"# HELP {family} {_prometheus_text(members[0].title)}", f"# TYPE {family} {kind}"]
        for reading in members:
            shown = _prometheus_text(reading.item).replace('"', '\\"')
            item = f'{{item="{shown}"}}' if reading.item else ""
            lines.append(f"{family}{item} {'NaN' if reading.value is None else number(reading.value)}")
    return "\n".join(lines)


def _influx(outcome: "Outcome", readings: "Sequence[Reading]") -> str:
    """Return the line protocol: the check is the measurement, the item a tag, gauges are fields.

    Missing values are omitted.
    """
    measurement = _word(outcome.name)
    fields: dict[str, list[str]] = {"": [f"state={outcome.exit_code}"]}
    if left_out := len(outcome.readings) - len(readings):
        fields[""].append(f"metrics_left_out={left_out}")
    for reading in readings:
        if reading.value is not None:
            fields.setdefault(_influx_key(reading.item), []).append(
                f"{_influx_key(reading.gauge)}={number(reading.value)}"
            )
    return "\n".join(
        f"{measurement}{f',item={item}' if item else ''} {','.join(values)}" for item, values in fields.items()
    )


def _graphite(outcome: "Outcome", readings: "Sequence[Reading]") -> str:
    """Return the plaintext protocol: `CHECK.GAUGE[.ITEM] VALUE SECONDS`. Missing values are omitted."""
    now = int(time.time())
    lines = [f"{_word(outcome.name)}.state {outcome.exit_code} {now}"]
    if left_out := len(outcome.readings) - len(readings):
        lines.append(f"{_word(outcome.name)}.metrics_left_out {left_out} {now}")
    for reading in readings:
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
