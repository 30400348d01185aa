"""Text that is safe on a status line, readable numbers, and labels that are safe in performance data."""

from zlib import crc32

from checkwright.core.secret import mask

_MOST_INDENTED = 100
LABEL_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:/-")
_ESCAPES = {
    **{code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))},
    # Line separators, and marks that make a terminal show text in another order.
    **{
        code: f"\\u{code:04x}"
        for code in (0x061C, 0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    },
    ord("\n"): " ",
    ord("\r"): " ",
    ord("\t"): " ",
    # A bar starts performance data, for Nagios and for Sensu.
    ord("|"): "\u00a6",
}


def clean(text: object, limit: int = 1_000) -> str:
    """Return `text` on one line, without secrets and control characters, at most `limit` characters long."""
    try:
        shown = str(text)
    except Exception as error:  # an error of a foreign library whose __str__ fails
        shown = f"{type(text).__name__} ({type(error).__name__} in its __str__)"
    # Masked first: without its outer spaces, or cut, a secret would not be recognized.
    shown = mask(shown).strip()[: limit + 1]
    if not (shown.isascii() and shown.isprintable()) or "|" in shown:  # almost no text
        shown = shown.translate(_ESCAPES)
    if not shown.isascii():
        shown = shown.encode("utf-8", "backslashreplace").decode("utf-8")  # half a surrogate pair cannot be printed
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."


def clean_indented(text: str, limit: int = 1_000) -> str:
    """`clean` for one line of a longer text: the spaces at its start stay."""
    spaces = len(text) - len(text.lstrip(" "))
    shown = clean(text, limit)
    return " " * min(spaces, _MOST_INDENTED) + shown if shown else ""


def perf_label(name: str, item: str = "") -> str:
    """Return the label of a value, `NAME` or `NAME:ITEM`, of letters, digits and `_.:/-` only.

    Sensu's agent and Nagios's graphing tools read such labels alike, without quotes. Any other
    character becomes `_`, and a checksum of the original follows: two items never share a label, and
    an item keeps its label forever.
    """
    label = f"{name}:{mask(item)}" if item else name
    if LABEL_CHARACTERS.issuperset(label):
        return label
    safe = "".join(character if character in LABEL_CHARACTERS else "_" for character in label)
    return f"{safe}-{crc32(label.encode('utf-8', 'surrogatepass')):08x}"


def format_number(value: float, unit: str) -> str:
    """Return a value in readable form: `85 %`, `1.5 GiB`, `12 ms`, `3.2 h`, `120 pages/s`."""
    if unit in ("B", "B/s"):
        size, prefixes = float(value), ["", "Ki", "Mi", "Gi", "Ti", "Pi"]
        while abs(size) >= 1024 and len(prefixes) > 1:
            size /= 1024
            prefixes.pop(0)
        return f"{_short(size)} {prefixes[0]}{unit}"
    if unit == "s":
        return format_seconds(value)
    return _short(value) + (f" {unit}" if unit not in ("", "c") else "")


def format_seconds(value: float) -> str:
    """Return a time in readable form: `12 ms`, `3.4 s`, `12 min`, `3.2 h`, `5 days`."""
    size = abs(value)
    if size == 0:
        return "0 s"
    if size < 1:
        return f"{_short(value * 1000)} ms"
    for limit, divisor, name in ((120, 1, "s"), (7_200, 60, "min"), (172_800, 3_600, "h")):
        if size < limit:
            return f"{_short(value / divisor)} {name}"
    return f"{_short(value / 86_400)} days"


def _short(value: float) -> str:
    if isinstance(value, int) or value == int(value):
        return str(int(value))
    text = f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.3g}"
    if "e" in text:
        text = f"{value:.6f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
