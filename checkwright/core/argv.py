"""The command line of a check, derived from its declaration.

Not argparse: it takes a value such as `-5:5` for a flag, completes shortened
flags (so that adding an option breaks an old command line), exits by itself
and costs more to start than the rest of the parsing.
"""

from checkwright.core import ranges
from checkwright.core.check import Check, unbound
from checkwright.core.errors import BadUsage
from checkwright.core.gauges import Gauge
from checkwright.core.options import Option
from checkwright.core.secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OUTPUTS = ("nagios", "json", "prometheus", "influx", "graphite")
STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
MAX_SECONDS = 86_400


class CommandLine:
    """What a command line said. `check` is the instance with its options, not yet bind for a run."""

    __slots__ = ("check", "identity", "limits", "output", "seconds", "timeout_state", "verbose")

    def __init__(self) -> None:
        self.check: Check
        self.identity = ""
        self.limits: dict[str, list[tuple[str, str | None, str | None]]] = {}
        self.verbose = 0
        self.output = "nagios"
        self.seconds = 10.0
        self.timeout_state = "UNKNOWN"

    def again(self) -> "CommandLine":
        """The same for another run, which shares nothing with this one that a run may change."""
        said = CommandLine()
        said.check = unbound(self.check)
        said.identity = self.identity
        said.limits = {gauge: list(limits) for gauge, limits in self.limits.items()}
        said.verbose = self.verbose
        said.output = self.output
        said.seconds = self.seconds
        said.timeout_state = self.timeout_state
        return said


def parse(kind: type[Check], words: "Sequence[str]") -> CommandLine:
    """Read a command line. Raises BadUsage with one sentence for anything that is not right."""
    said = CommandLine()
    values: dict[str, object] = {}
    table = _table(kind, said, values)
    rest = next((option for option in kind.options.values() if option.rest), None)
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        if word == "--" or not word.startswith("-") or word == "-":
            if rest is None:
                what = "nothing may follow --" if word == "--" else f"unexpected argument {word!r}"
                raise BadUsage(f"{what}: {kind.title()} takes options only, see --help")
            if remaining := tuple(words[position if word == "--" else position - 1 :]):
                values[rest.name] = remaining
            break
        flag, text = _split(word)
        handler = table.get(flag)
        if handler is None:
            raise BadUsage(f"unknown option {flag}{_near(flag, table)}; see --help")
        takes_value, take = handler
        if not takes_value:
            if word.startswith("--"):
                if text is not None:
                    raise BadUsage(f"{flag} takes no value")
            elif text is not None:  # -vv, -vH host: the rest of the word is further flags
                words = [*words[:position], "-" + text, *words[position:]]
            take(flag, "")
            continue
        if text is None:
            if position == len(words):
                raise BadUsage(f"{flag} needs a value")
            text = words[position]
            position += 1
        take(flag, text)
    for name, option in kind.options.items():
        if option.required and name not in values:
            shown = "the words to run" if option.rest else f"{_name(option)} ({option.help})"
            raise BadUsage(f"{kind.title()} needs {shown}; see --help")
    said.check = kind(**values)
    said.identity = said.check.identity()
    return said


def _table(
    kind: type[Check], said: CommandLine, values: dict[str, object]
) -> "dict[str, tuple[bool, Callable[[str, str], None]]]":
    """Every flag, whether it takes a value, and what to do with it."""
    table: dict[str, tuple[bool, Callable[[str, str], None]]] = {}

    def louder(_flag: str, _text: str) -> None:
        said.verbose = min(3, said.verbose + 1)

    def output(flag: str, text: str) -> None:
        if text not in OUTPUTS:
            raise BadUsage(f"{flag}: {text!r} is none of {', '.join(OUTPUTS)}")
        said.output = text

    def timeout(flag: str, text: str) -> None:
        said.seconds, said.timeout_state = _timeout(flag, text)

    table["-v"] = table["--verbose"] = (False, louder)
    table["--output"] = (True, output)
    table["-t"] = table["--timeout"] = (True, timeout)
    for option in kind.options.values():
        if option.kind == "Secret":
            for flag in option.flags:
                if flag.startswith("--"):
                    table[f"{flag}-env"] = (True, _secret_taker(option, values, "env"))
                    table[f"{flag}-file"] = (True, _secret_taker(option, values, "file"))
        elif not option.rest:
            for flag in option.flags:
                table[flag] = (option.takes_value, _option_taker(option, values))
    for rank, gauge in enumerate(kind.gauges.values()):
        long = f"--{gauge.name.replace('_', '-')}"
        warning, critical = _limit_taker(gauge, said, True), _limit_taker(gauge, said, False)
        table[f"{long}-warning"], table[f"{long}-critical"] = (True, warning), (True, critical)
        if rank == 0:
            table["-w"] = table["--warning"] = (True, warning)
            table["-c"] = table["--critical"] = (True, critical)
    return table


def _option_taker(option: Option, values: dict[str, object]) -> "Callable[[str, str], None]":
    def take(flag: str, text: str) -> None:
        if option.kind == "bool":
            values[option.name] = not option.default
            return
        try:
            value = option.read(text)
        except ValueError as error:
            raise BadUsage(f"{flag}: {error}") from None
        if option.many:
            before = values.get(option.name, ())
            values[option.name] = (*before, value)  # type: ignore[misc]
        else:
            values[option.name] = value

    return take


def _secret_taker(option: Option, values: dict[str, object], where: str) -> "Callable[[str, str], None]":
    def take(flag: str, text: str) -> None:
        if not text or "\0" in text:
            raise BadUsage(f"{flag}: give the name of a {'file' if where == 'file' else 'variable'}")
        secret = Secret(env=text) if where == "env" else Secret(file=text)
        if option.many:
            values[option.name] = (*values.get(option.name, ()), secret)  # type: ignore[misc]
        else:
            values[option.name] = secret

    return take


def _limit_taker(gauge: Gauge, said: CommandLine, is_warning: bool) -> "Callable[[str, str], None]":
    def take(flag: str, text: str) -> None:
        items, equals, spec = text.rpartition("=")
        if equals and not items:
            raise BadUsage(f"{flag}: {text!r} names no item before '='; write ITEM=RANGE or RANGE")
        try:
            spec = ranges.normal(spec)
        except ranges.BadRange as error:
            raise BadUsage(f"{flag}: {error}") from None
        limit = (items, spec, None) if is_warning else (items, None, spec)
        said.limits.setdefault(gauge.name, []).append(limit)

    return take


def _timeout(flag: str, text: str) -> tuple[float, str]:
    seconds, colon, state = text.partition(":")
    try:
        value = float(seconds) if seconds.replace(".", "", 1).isdigit() and seconds.isascii() else 0.0
    except ValueError:
        value = 0.0
    if not 0 < value <= MAX_SECONDS:
        raise BadUsage(f"{flag}: {text!r} is not SECONDS[:STATE] with seconds above 0 and up to {MAX_SECONDS}")
    if not colon:
        return value, "UNKNOWN"
    if state in ("0", "1", "2", "3"):
        return value, STATES[int(state)]
    if state.upper() not in STATES:
        raise BadUsage(f"{flag}: the state {state!r} is none of {', '.join(STATES)} or 0 to 3")
    return value, state.upper()


def _split(word: str) -> tuple[str, str | None]:
    """The flag, and the value that stands in the same word: `--path=/`, `-p/`."""
    if word.startswith("--"):
        flag, equals, text = word.partition("=")
        return flag, (text if equals else None)
    return word[:2], (word[2:] or None)


def _near(flag: str, table: "dict[str, tuple[bool, Callable[[str, str], None]]]") -> str:
    from difflib import get_close_matches

    near = get_close_matches(flag, table, n=1)
    return f", did you mean {near[0]}" if near else ""


def _name(option: Option) -> str:
    if option.kind == "Secret":
        return f"{option.flags[-1]}-env or {option.flags[-1]}-file"
    return "/".join(option.flags)
