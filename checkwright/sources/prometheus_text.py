"""Metrics in Prometheus's text format, as exporters and many services publish them."""

from checkwright.core.errors import CannotTell
from checkwright.core.secret import beginning
from checkwright.core.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

#: Comments, or lines of one metric, which follow each other, or any other line.
_BLOCK = r"^(?:(?:#.*\n)+|([^\W\d][\w:]*)[ {].*(?:\n\1[ {].*)*|.+)"
_ESCAPES = {"n": "\n", "\\": "\\", '"': '"'}


class Sample:
    """One sample. labels: by name. value: may be NaN or infinite."""

    __slots__ = ("labels", "value")

    def __init__(self, labels: dict[str, str], value: float) -> None:
        self.labels = labels
        self.value = value


class PrometheusText:
    """Metrics of one answer. Only the lines of the metrics that a check reads are parsed.

    metrics = http.get("http://127.0.0.1:9100/metrics").metrics()
    free = metrics.number("node_filesystem_avail_bytes", mountpoint="/")
    """

    __slots__ = ("_blocks", "_target")

    def __init__(self, blocks: dict[str, list[str]], target: str) -> None:
        self._blocks = blocks
        self._target = target

    @classmethod
    def parse(cls, body: bytes, target: str) -> "PrometheusText":
        """Parse an answer. `target` names it in errors. Raises CannotTell for another format and for no metrics."""
        import re

        text = body.decode("utf-8", "replace")
        blocks: dict[str, list[str]] = {}
        for found in re.finditer(_BLOCK, text, re.MULTILINE):
            block, name = found[0], found[1]
            if name is None:
                block = block.strip() if block[0] in " \t\r" else block
                if not block or block[0] == "#":
                    continue
                name = block.partition(" ")[0].partition("{")[0]
            if name in blocks:
                blocks[name].append(block)
            elif name.replace(":", "_").isidentifier():
                blocks[name] = [block]
            else:
                line = block.partition("\n")[0]
                raise CannotTell(f"{target}: the answer is no text of Prometheus, it has {beginning(line, 80)!r}")
        if not blocks:
            raise CannotTell(f"{target}: the answer has no metrics")
        return cls(blocks, target)

    def names(self) -> list[str]:
        """Return the names of all metrics, in the order of the answer."""
        return list(self._blocks)

    def count(self, name: str) -> int:
        """Return the number of samples of a metric, without parsing their labels."""
        return sum(block.count("\n") + 1 for block in self._blocks.get(name, ()))

    def samples(self, name: str, **labels: str) -> list[Sample]:
        """Return the samples of a metric that have these labels, among others. Raises CannotTell for a broken line."""
        samples = [self._sample(line) for block in self._blocks.get(name, ()) for line in block.split("\n")]
        return [one for one in samples if all(one.labels.get(label) == value for label, value in labels.items())]

    def number(self, name: str, *, missing: 'float | Literal["error"] | None' = "error", **labels: str) -> float | None:
        """Return the value of the one sample with these labels; None for NaN and infinities.

        missing: the value to return if there is no such sample. Raises CannotTell without it, and for several samples.
        """
        found = self.samples(name, **labels)
        if not found and missing != "error":
            return missing
        if len(found) != 1:
            raise CannotTell(f"{self._target}: {len(found) or 'no'} samples of {_shown(name, labels)}, one is needed")
        return _finite(found[0].value)

    def total(self, name: str, **labels: str) -> float | None:
        """Return the sum of all samples with these labels; None if it is not finite. Raises CannotTell for none."""
        found = self.samples(name, **labels)
        if not found:
            raise CannotTell(f"{self._target}: no samples of {_shown(name, labels)}")
        return _finite(sum(one.value for one in found))

    def _sample(self, line: str) -> Sample:
        try:
            return _common_sample(line) or _any_sample(line)
        except (ValueError, IndexError):
            raise CannotTell(f"{self._target}: {beginning(line, 120)!r} is no sample of Prometheus") from None


def _common_sample(line: str) -> Sample | None:
    """Parse a line in the form that exporters write, in half of the time; None for any other.

    That is `NAME{LABEL="VALUE",...} NUMBER`, without an escape, a timestamp, an exemplar and spaces between labels.
    """
    if "\\" in line or "#" in line:
        return None
    _, brace, rest = line.partition("{")
    inside, end, value = rest.rpartition('"}')
    if not brace or not end or '", ' in inside or inside[:1] in " ,":
        return None
    try:
        labels: dict[str, str] = dict([pair.split('="', 1) for pair in inside.split('",')])
        number = float(value)
    except ValueError:
        return None
    return Sample(labels, number) if inside.count('"') == 2 * len(labels) - 1 else None


def _any_sample(line: str) -> Sample:
    """Parse a line in any form. Raises ValueError, IndexError."""
    start = line.find("{")
    if start < 0 or "#" in line[:start]:
        return Sample({}, float(line.split()[1]))
    labels, end = _labels(line, start + 1)
    return Sample(labels, float(line[end:].split(None, 1)[0]))


def _labels(line: str, position: int) -> tuple[dict[str, str], int]:
    """Parse the labels from `position`, behind the brace. Returns them and the position behind the closing brace."""
    labels: dict[str, str] = {}
    while line[position] != "}":
        if line[position] in ", ":
            position += 1
            continue
        equals = line.index("=", position)
        name = line[position:equals].strip()
        opening = line.index('"', equals)
        closing = line.index('"', opening + 1)
        value = line[opening + 1 : closing]
        if "\\" in value:
            value, closing = _unescaped(line, opening + 1)
        labels[name] = value
        position = closing + 1
    return labels, position + 1


def _unescaped(line: str, position: int) -> tuple[str, int]:
    value = ""
    while line[position] != '"':
        if line[position] == "\\":
            position += 1
            value += _ESCAPES.get(line[position], "\\" + line[position])
        else:
            value += line[position]
        position += 1
    return value, position


def _finite(value: float) -> float | None:
    return value if value - value == 0 else None


def _shown(name: str, labels: dict[str, str]) -> str:
    inside = ",".join(f'{label}="{clean(value, 60)}"' for label, value in labels.items())
    return f"{name}{{{inside}}}" if inside else name
