"""Selectors such as `http_requests_total{code=~"5..",route!="/health"}`, and the values that they select."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from checkwright.sources.prometheus_text import Sample

_OPERATORS = ("=~", "!~", "!=", "=")


class Selector:
    """Name of a metric and conditions on its labels. A label that a sample lacks is the empty text."""

    __slots__ = ("_matchers", "name", "text")

    def __init__(self, name: str, matchers: "Iterable[tuple[str, Callable[[str], bool]]]" = (), text: str = "") -> None:
        self.name = name
        self.text = text or name
        self._matchers = tuple(matchers)

    @property
    def labels(self) -> set[str]:
        """Names of the labels that it has conditions on."""
        return {label for label, _ in self._matchers}

    def select(self, samples: "Iterable[Sample]") -> "Iterator[Sample]":
        """Yield the samples that fit, without those that are not a number."""
        for sample in samples:
            if sample.value == sample.value and all(
                fits(sample.labels.get(label, "")) for label, fits in self._matchers
            ):
                yield sample


def parse(text: str) -> tuple[Selector, str]:
    """Parse the selector at the beginning of a text. Returns it and the rest. Raises ValueError, one sentence."""
    end = 0
    while end < len(text) and (text[end].isalnum() or text[end] in "_:"):
        end += 1
    if text[end : end + 1] != "{":
        # Without labels the first colon ends the name.
        end = text.find(":", 0, end) if ":" in text[:end] else end
    name, position = text[:end], end
    if not name or not name.replace(":", "_").isidentifier():
        raise ValueError(f"{text!r} does not begin with the name of a metric")
    matchers = []
    if text[position : position + 1] == "{":
        position += 1
        while text[position : position + 1] != "}":
            matcher, position = _matcher(text, position)
            matchers.append(matcher)
            if text[position : position + 1] == ",":
                position += 1
            elif text[position : position + 1] != "}":
                raise ValueError(f"{text!r} needs a comma or a closing brace behind {text[:position]!r}")
        position += 1
    return Selector(name, matchers, text[:position]), text[position:]


def _matcher(text: str, position: int) -> "tuple[tuple[str, Callable[[str], bool]], int]":
    start = position
    while position < len(text) and (text[position].isalnum() or text[position] == "_"):
        position += 1
    label = text[start:position].strip()
    operator = next((one for one in _OPERATORS if text.startswith(one, position)), None)
    opening = position + len(operator or "")
    if not label.isidentifier() or operator is None or text[opening : opening + 1] != '"':
        raise ValueError(f'{text!r}: write labels as NAME="VALUE" behind {text[:start]!r}, with =, !=, =~ or !~')
    value, position = _quoted(text, opening + 1)
    if operator in ("=", "!="):
        return (label, (lambda found: found == value) if operator == "=" else (lambda found: found != value)), position
    import re

    try:
        pattern = re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is no regular expression: {error}") from None
    if operator == "=~":
        return (label, lambda found: pattern.fullmatch(found) is not None), position
    return (label, lambda found: pattern.fullmatch(found) is None), position


def _quoted(text: str, position: int) -> tuple[str, int]:
    value = ""
    while position < len(text) and text[position] != '"':
        if text[position] == "\\" and text[position + 1 : position + 2] in ('"', "\\"):
            position += 1
        value += text[position]
        position += 1
    if position >= len(text):
        raise ValueError(f"{text!r} has no closing quote")
    return value, position + 1
