"""Queries of the check prometheus, as its options write them."""

from checks.prometheus._selectors import Selector, parse
from checkwright.core.errors import BadUsage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.core.gauges import Unit

_UNITS: "tuple[Unit, ...]" = ("s", "B", "%", "c", "B/s", "/s", "days")
VALUE = 'NAME=METRIC[{LABEL="VALUE",..}][:rate][:by=LABEL][:UNIT]'
RATIO = "NAME=METRIC{..}/METRIC{..}[:by=LABEL]"
QUANTILE = "NAME=QUANTILE:METRIC[{..}][:by=LABEL][:UNIT]"


class Query:
    """One query. kind: value, rate, ratio or quantile. by: label whose values are items, "" for one item.

    of: the whole, of a ratio. part: 0.99 of a quantile.
    """

    __slots__ = ("by", "kind", "name", "of", "part", "selector", "unit")

    def __init__(
        self,
        name: str,
        kind: str,
        selector: Selector,
        *,
        unit: "Unit" = "",
        by: str = "",
        of: Selector | None = None,
        part: float = 0.0,
    ) -> None:
        self.name = name
        self.kind = kind
        self.selector = selector
        self.unit = unit
        self.by = by
        self.of = of
        self.part = part

    @property
    def metric(self) -> str:
        """Name of the metric that it reads; the buckets, of a histogram."""
        if self.kind == "quantile":
            return f"{self.selector.name.removesuffix('_bucket')}_bucket"
        return self.selector.name

    @property
    def needs(self) -> list[tuple[str, set[str]]]:
        """Metrics that it reads, each with the labels that at least one series must have."""
        by = {self.by} if self.by else set()
        found = [(self.metric, self.selector.labels | by)]
        return found if self.of is None else [*found, (self.of.name, self.of.labels | by)]


def value_query(name: str, text: str) -> Query:
    """Parse `METRIC{..}[:rate][:by=LABEL][:UNIT]`. Raises BadUsage."""
    selector, rest = _selector("--value", name, text, VALUE)
    kind, by = "value", ""
    unit: Unit = ""
    for word in _words("--value", name, rest, VALUE):
        if word == "rate":
            kind = "rate"
        elif word.startswith("by="):
            by = _label("--value", name, word)
        else:
            unit = _unit("--value", name, word)
    return Query(name, kind, selector, unit=unit or ("/s" if kind == "rate" else ""), by=by)


def ratio_query(name: str, text: str) -> Query:
    """Parse `METRIC{..}/METRIC{..}[:by=LABEL]`. Raises BadUsage."""
    selector, rest = _selector("--ratio", name, text, RATIO)
    if not rest.startswith("/"):
        raise BadUsage(f"--ratio: {name}={text} has no slash between two metrics: write {RATIO}")
    whole, rest = _selector("--ratio", name, rest[1:], RATIO)
    by = ""
    for word in _words("--ratio", name, rest, RATIO):
        if not word.startswith("by="):
            raise BadUsage(f"--ratio: {name}: {word!r} is not by=LABEL: write {RATIO}")
        by = _label("--ratio", name, word)
    return Query(name, "ratio", selector, unit="%", by=by, of=whole)


def quantile_query(name: str, text: str) -> Query:
    """Parse `QUANTILE:METRIC{..}[:by=LABEL][:UNIT]`, in seconds by default. Raises BadUsage."""
    number, colon, rest = text.partition(":")
    try:
        part = float(number)
    except ValueError:
        part = 0.0
    if not colon or not 0 < part < 1 or "_" in number:
        raise BadUsage(f"--quantile: {name}={text} has no quantile such as 0.99: write {QUANTILE}")
    selector, rest = _selector("--quantile", name, rest, QUANTILE)
    by = ""
    unit: Unit = "s"
    for word in _words("--quantile", name, rest, QUANTILE):
        if word.startswith("by="):
            by = _label("--quantile", name, word)
        else:
            unit = _unit("--quantile", name, word)
    return Query(name, "quantile", selector, unit=unit, by=by, part=part)


def named(flag: str, texts: tuple[str, ...], form: str) -> dict[str, str]:
    """Return NAME=REST texts as a dictionary. Raises BadUsage."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, rest = text.partition("=")
        if not name.strip() or not equals or not rest:
            raise BadUsage(f"{flag}: {text!r} is not {form}")
        if name.strip() in found:
            raise BadUsage(f"{flag}: {name.strip()!r} is given twice")
        found[name.strip()] = rest
    return found


def _selector(flag: str, name: str, text: str, form: str) -> tuple[Selector, str]:
    try:
        return parse(text)
    except ValueError as error:
        raise BadUsage(f"{flag}: {name}: {error}; the form is {form}") from None


def _words(flag: str, name: str, rest: str, form: str) -> list[str]:
    if rest and not rest.startswith(":"):
        raise BadUsage(f"{flag}: {name}: {rest!r} behind the metric has no meaning: write {form}")
    return rest.split(":")[1:]


def _label(flag: str, name: str, word: str) -> str:
    label = word.removeprefix("by=")
    if not label.isidentifier():
        raise BadUsage(f"{flag}: {name}: {label!r} is not the name of a label")
    return label


def _unit(flag: str, name: str, word: str) -> "Unit":
    for unit in _UNITS:
        if unit == word:
            return unit
    raise BadUsage(f"{flag}: {name}: {word!r} is not a unit, use one of {', '.join(_UNITS)}")
