"""Series of CloudWatch as users write them: `NAME=NAMESPACE:METRIC{DIMENSION=VALUE,..}:STAT[:UNIT]`."""

import re

from checkwright.core.text import clean
from checkwright.sources import BadUsage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.core.gauges import Unit

FORM = "NAME=NAMESPACE:METRIC{DIMENSION=VALUE,..}:STAT[:UNIT]"
#: CloudWatch's own rule for the IDs of queries, so that names can stand in expressions.
_NAME = re.compile(r"[a-z][A-Za-z0-9_]*")
_SERIES = re.compile(
    r"(?P<namespace>[^:{}]+):(?P<metric>[^{}]+?)(?:\{(?P<dims>[^{}]*)\})?"
    r":(?P<stat>[A-Za-z]+\([^()]*\)|[A-Za-z]+[0-9.]*)(?::(?P<unit>[^:]*))?"
)
_BASIC = frozenset(["Average", "Sum", "Minimum", "Maximum", "SampleCount", "IQM"])
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")
_TRIMMED = re.compile(r"(?:tm|wm|tc|ts)(?:\d{1,2}(?:\.\d{1,10})?|100)|(?:PR|TM|WM|TC|TS)\([0-9.%]*:[0-9.%]*\)")
_UNITS: "dict[str, Unit]" = {unit: unit for unit in ("", "s", "B", "%", "c", "B/s", "/s", "pages/s", "days")}
#: Samples beyond a percentile that make it more than chance, as CloudWatch counts for its alarms.
_BEYOND = 10


class NamedSeries:
    """One series to watch: its name, the metric with its dimensions, the statistic and the unit."""

    __slots__ = ("dims", "metric", "name", "namespace", "stat", "unit")

    def __init__(
        self, name: str, namespace: str, metric: str, dims: dict[str, str], stat: str, unit: "Unit" = ""
    ) -> None:
        self.name = name
        self.namespace = namespace
        self.metric = metric
        self.dims = dims
        self.stat = stat
        self.unit = unit

    def __str__(self) -> str:
        return f"{self.namespace} {self.metric}{dims_words(self.dims)}"

    def of(self, name: str, dims: dict[str, str]) -> "NamedSeries":
        """Return the same series of a thing with further dimensions."""
        return NamedSeries(name, self.namespace, self.metric, {**self.dims, **dims}, self.stat, self.unit)

    def samples_needed(self) -> int:
        """Return the number of samples below which the statistic is chance: 1,000 for a p99, 0 for a mean."""
        percentile = _PERCENTILE.fullmatch(self.stat)
        if percentile is None:
            return 0
        beyond = min(float(percentile[1]), 100 - float(percentile[1]))
        return round(_BEYOND * 100 / beyond) if beyond else 0


def dims_words(dims: "dict[str, str]") -> str:
    """Return ` with QueueName=mail and Stage=prod` for sentences, "" without dimensions."""
    found = " and ".join(f"{name}={clean(value, 100)}" for name, value in dims.items())
    return f" with {found}" if found else ""


def parse_series(text: str) -> NamedSeries:
    """Parse one value of --series. Raises BadUsage with the part that is wrong."""
    name, rest = named("--series", text, FORM)
    found = _SERIES.fullmatch(rest)
    if found is None:
        raise BadUsage(f"--series: {clean(text, 200)!r} is not {FORM}, such as mails=AWS/SES:Send:Sum")
    stat = found["stat"]
    if stat not in _BASIC and not _PERCENTILE.fullmatch(stat) and not _TRIMMED.fullmatch(stat):
        raise BadUsage(f"--series: {name}: {stat!r} is no statistic: write Average, Sum, Maximum, p99, tm90 or PR(0:1)")
    dims = {}
    for pair in re.split(r",(?=[^,=]+=)", found["dims"]) if found["dims"] else ():
        dimension, equals, value = pair.partition("=")
        if not dimension.strip() or not equals or not value:
            raise BadUsage(f"--series: {name}: {clean(pair, 100)!r} is no dimension: write NAME=VALUE")
        dims[dimension.strip()] = value
    return NamedSeries(
        name, found["namespace"], found["metric"], dims, stat, unit_of("--series", name, found["unit"] or "")
    )


def unit_of(flag: str, name: str, unit: str) -> "Unit":
    """Return a unit. Raises BadUsage for none of them."""
    if unit not in _UNITS:
        known = ", ".join(filter(None, _UNITS))
        raise BadUsage(f"{flag}: {name}: {clean(unit, 50)!r} is no unit: write one of {known}, or none")
    return _UNITS[unit]


def named(flag: str, text: str, form: str) -> tuple[str, str]:
    """Return name and rest of `NAME=REST`. Raises BadUsage for a text without them, or a name that is no ID."""
    name, equals, rest = text.partition("=")
    if not equals or not rest:
        raise BadUsage(f"{flag}: {clean(text, 200)!r} is not {form}")
    if not _NAME.fullmatch(name):
        hint = "begin with a small letter, and go on with letters, digits and _"
        raise BadUsage(f"{flag}: {clean(name, 100)!r} is no name: {hint}")
    return name, rest
