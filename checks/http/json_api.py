"""Numbers and strings in a JSON document."""

from checkwright import BadUsage, Metrics, Size, gauge, metric, option, verdict, word
from checkwright.sources.http import MAX_JSON
from checkwright.sources.http_check import HttpCheck
from checkwright.sources.json_path import Document, OneAtATime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from checkwright import Unit

_UNITS: "tuple[Unit | Literal['age'], ...]" = ("", "s", "B", "%", "c", "B/s", "/s", "pages/s", "days", "age")


class JsonApi(HttpCheck):
    """Values that a service reports in JSON, each with its own thresholds.

    Paths are names separated by dots: `orders.waiting`, `pools[0].used`. A list is converted to its length, a numeric
    string to its number, true to 1 and false to 0. null and NaN have no value, which is UNKNOWN. A missing path is
    UNKNOWN with its name, because the document has changed.

    `pools[name=web].used` is the value of the item with that name, `jobs[state=failed]` the number of items with that
    state, and `pools[*].used` the sum over all items. The unit `age` converts a time to the seconds since then: with
    `--value backup=last_run:age --value-critical backup=90000` a backup must not be older than 25 hours.
    """

    thread_safe = True

    values: tuple[str, ...] = option("Number to watch, NAME=PATH[:UNIT]", flags="--value", default=())
    warnings: tuple[str, ...] = option("Warning range of a number, NAME=RANGE", flags="--value-warning", default=())
    criticals: tuple[str, ...] = option("Critical range of a number, NAME=RANGE", flags="--value-critical", default=())
    words: tuple[str, ...] = option(
        "Word to watch, and the words that are ok or a warning, NAME=PATH:OK,..[:WARNING,..]",
        flags="--word",
        default=(),
    )
    require: tuple[str, ...] = option("Path that must exist", default=())
    max_size: Size = option("Largest answer to read", default=MAX_JSON, unit="B")

    status = verdict("Status", ok=["expected"])
    time = gauge("Time", "s", warn=1, crit=5)

    def validate(self) -> None:
        super().validate()
        names = [name for name, _, _ in self._values()] + [name for name, _, _, _ in self._words()]
        for name in names:
            if names.count(name) > 1 or name == "time":
                raise BadUsage(f"--value and --word: the name {name!r} is used twice or reserved: choose another")
        known = {name for name, _, _ in self._values()}
        for flag, limits in (("--value-warning", self.warnings), ("--value-critical", self.criticals)):
            for name, spec in _named(flag, limits, "NAME=RANGE").items():
                if name not in known:
                    raise BadUsage(f"{flag}: there is no --value named {name!r}")
                try:
                    metric(name, None, warn=spec)
                except ValueError as error:
                    raise BadUsage(f"{flag}: {name}: {error}") from None

    def probe(self) -> Metrics:
        read: dict[str, tuple[float | None, str | None]] = {}
        try:
            yield from self._answer(read)
        finally:  # also without an answer: a missing value keeps its label in the performance data
            yield from self._contents(read)

    def _answer(self, read: dict[str, tuple[float | None, str | None]]) -> Metrics:
        reply = self.fetch()
        fits = self.status_fits(reply)
        yield self.status(
            "expected" if fits else "unexpected",
            hint=reply.format_status() + ("" if fits else f": {reply.excerpt() or 'the answer is empty'}"),
        )
        yield self.time(reply.seconds)
        if not fits:
            return
        with OneAtATime(reply.size):
            self._look_up(reply.json(max_size=self.max_size), read)

    def _look_up(self, document: Document, read: dict[str, tuple[float | None, str | None]]) -> None:
        numbers = [path for _, path, unit in self._values() if unit != "age"]
        ages = [path for _, path, unit in self._values() if unit == "age"]
        words = [path for _, path, _, _ in self._words()]

        def look(path: str) -> tuple[float | None, str | None]:
            document.at(path)
            return document.number(path) if path in numbers else None, document.word(path) if path in words else None

        for path, found in self.each(dict.fromkeys([*self.require, *numbers, *words]), look):
            read[path] = found
        for path, age in self.each(dict.fromkeys(ages), document.age):
            read[f"{path}:age"] = (age, None)

    def _contents(self, read: dict[str, tuple[float | None, str | None]]) -> Metrics:
        warn = _named("--value-warning", self.warnings, "NAME=RANGE")
        crit = _named("--value-critical", self.criticals, "NAME=RANGE")
        for name, path, unit in self._values():
            number, _ = read.get(f"{path}:age" if unit == "age" else path, (None, None))
            yield metric(name, number, "s" if unit == "age" else unit, warn=warn.get(name), crit=crit.get(name))
        for name, path, ok, warning in self._words():
            if path in read:
                yield word(name, read[path][1], ok=ok, warn=warning)

    def _values(self) -> "list[tuple[str, str, Unit | Literal['age']]]":
        found: list[tuple[str, str, Unit | Literal["age"]]] = []
        for name, spec in _named("--value", self.values, "NAME=PATH[:UNIT]").items():
            path, colon, end = spec.rpartition(":")
            unit = next((unit for unit in _UNITS if unit == end), None)
            if not colon:
                path, unit = spec, ""
            if unit is None:
                known = ", ".join(filter(None, _UNITS))
                raise BadUsage(f"--value: {end!r} is not a unit, use one of {known}; a path with a colon ends in ':'")
            if not path:
                raise BadUsage(f"--value: {name}={spec} has no path: write NAME=PATH[:UNIT]")
            found.append((name, path, unit))
        return found

    def _words(self) -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
        found = []
        form = "NAME=PATH:OK,..[:WARNING,..]"
        for name, spec in _named("--word", self.words, form).items():
            path, _, rest = spec.partition(":")
            ok, _, warning = rest.partition(":")
            lists = [tuple(filter(None, (one.strip() for one in text.split(",")))) for text in (ok, warning)]
            if not path or not lists[0] or ":" in warning:
                raise BadUsage(f"--word: {name}={spec} is not {form}")
            if len({*lists[0], *lists[1]}) < len(lists[0]) + len(lists[1]):
                raise BadUsage(f"--word: {name}={spec} gives a word two meanings")
            found.append((name, path, lists[0], lists[1]))
        return found


def _named(flag: str, texts: tuple[str, ...], form: str) -> dict[str, str]:
    found = {}
    for text in texts:
        name, equals, rest = text.partition("=")
        if not name.strip() or not equals or not rest:
            raise BadUsage(f"{flag}: {text!r} is not {form}")
        if name.strip() in found:
            raise BadUsage(f"{flag}: {name.strip()!r} is given twice")
        found[name.strip()] = rest
    return found
