"""Command line of a check, parsed by its declaration.

argparse does not fit: it reads a value such as `-5:5` as a flag, accepts shortened flags (a new
option would then break an old command line), exits by itself, and costs more to start than this
whole parser.
"""

from checkwright.core import ranges
from checkwright.core.check import Check, unbound
from checkwright.core.errors import BadUsage
from checkwright.core.gauges import Gauge
from checkwright.core.options import Option
from checkwright.core.secret import Secret
from checkwright.core.sensu_output import SENSU
from checkwright.core.verdicts import SEVERITIES, Verdict, word_flag, word_problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OUTPUTS = ("nagios", SENSU, "json", "prometheus", "influx", "graphite")
STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
MAX_TIMEOUT = 86_400
#: Flags that `check` handles before it parses: suggested for a misspelt flag, never parsed here.
_HANDLED_EARLIER = ("-h", "--help", "-V", "--version")


class CommandLine:
    """A parsed command line.

    check: the instance with its options, not yet bound to a run. project: the folder that
    `--project` named among the check's own words, "" for none. timeout: in seconds. shapes_output: -v
    or --output is among the words.
    """

    __slots__ = (
        "check",
        "identity",
        "limits",
        "meanings",
        "output",
        "project",
        "sets_timeout",
        "shapes_output",
        "timeout",
        "timeout_state",
        "verbose",
    )

    def __init__(self) -> None:
        self.check: Check
        self.identity = ""
        self.limits: dict[str, list[tuple[str, str | None, str | None]]] = {}
        self.meanings: dict[str, list[tuple[str, str, str]]] = {}
        self.verbose = 0
        self.output = "nagios"
        self.project = ""
        self.shapes_output = False
        self.sets_timeout = False
        self.timeout = 10.0
        self.timeout_state = "UNKNOWN"

    def copy(self) -> "CommandLine":
        """Return a copy for another run. Both share nothing that a run may change."""
        copy = CommandLine()
        copy.check = unbound(self.check)
        copy.identity = self.identity
        copy.limits = {gauge: list(limits) for gauge, limits in self.limits.items()}
        copy.meanings = {verdict: list(words) for verdict, words in self.meanings.items()}
        copy.verbose = self.verbose
        copy.output = self.output
        copy.project = self.project
        copy.shapes_output = self.shapes_output
        copy.sets_timeout = self.sets_timeout
        copy.timeout = self.timeout
        copy.timeout_state = self.timeout_state
        return copy


def parse(kind: type[Check], words: "Sequence[str]") -> CommandLine:
    """Parse the words after the check's name. Raises BadUsage with one sentence for any mistake."""
    args = CommandLine()
    values: dict[str, object] = {}
    table = _table(kind, args, values)
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
        if flag in _HANDLED_EARLIER:
            raise BadUsage(f"{flag} is not possible here: write check {kind.title()} {flag}")
        if handler is None:
            raise BadUsage(f"unknown option {flag}{_near(flag, [*table, *_HANDLED_EARLIER])}; see --help")
        takes_value, take = handler
        if not takes_value:
            if word.startswith("--"):
                if text is not None:
                    raise BadUsage(f"{flag} takes no value")
            elif text is not None:  # -vv, -vH host: the rest of the word holds more flags
                if text.startswith("-"):  # "-v-name" would read as --name, which a filter of words does not see
                    raise BadUsage(f"{word!r} is not a flag: a hyphen cannot follow {flag} in one word")
                words = [*words[:position], "-" + text, *words[position:]]
            take(flag, "")
            continue
        if text is None:
            if position == len(words):
                raise BadUsage(f"{flag} needs a {'folder' if flag == '--project' else 'value'}")
            text = words[position]
            position += 1
        take(flag, text)
    for name, option in kind.options.items():
        if option.required and name not in values:
            missing = "the words to run" if option.rest else f"{_name(option)} ({option.help})"
            raise BadUsage(f"{kind.title()} needs {missing}; see --help")
    args.check = kind(**values)
    args.identity = args.check.identity()
    return args


def _table(
    kind: type[Check], args: CommandLine, values: dict[str, object]
) -> "dict[str, tuple[bool, Callable[[str, str], None]]]":
    """Return all flags; each has whether it takes a value, and the function that takes it."""
    table: dict[str, tuple[bool, Callable[[str, str], None]]] = {}

    def more_verbose(_flag: str, _text: str) -> None:
        args.verbose = min(3, args.verbose + 1)
        args.shapes_output = True

    def output(flag: str, text: str) -> None:
        if text not in OUTPUTS:
            raise BadUsage(f"{flag}: {text!r} is not one of {', '.join(OUTPUTS)}")
        args.output = text
        args.shapes_output = True

    def project(_flag: str, text: str) -> None:
        args.project = text

    def timeout(flag: str, text: str) -> None:
        args.timeout, args.timeout_state = _timeout(flag, text)
        args.sets_timeout = True

    table["-v"] = table["--verbose"] = (False, more_verbose)
    table["--output"] = (True, output)
    table["--project"] = (True, project)
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
        warning, critical = _limit_taker(gauge, args, True), _limit_taker(gauge, args, False)
        table[f"{long}-warning"], table[f"{long}-critical"] = (True, warning), (True, critical)
        if rank == 0:
            table["-w"] = table["--warning"] = (True, warning)
            table["-c"] = table["--critical"] = (True, critical)
    for verdict in kind.verdicts.values():
        for severity in SEVERITIES:
            table[word_flag(verdict.name, severity)] = (True, _word_taker(verdict, args, severity))
    return table


def _option_taker(option: Option, values: dict[str, object]) -> "Callable[[str, str], None]":
    def take(flag: str, text: str) -> None:
        if option.kind == "bool":
            values[option.name] = not option.default
            return
        try:
            value = option.parse(text)
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


def _limit_taker(gauge: Gauge, args: CommandLine, is_warning: bool) -> "Callable[[str, str], None]":
    def take(flag: str, text: str) -> None:
        items, equals, spec = text.rpartition("=")
        if equals and not items:
            raise BadUsage(f"{flag}: {text!r} names no item before '='; write ITEM=RANGE or RANGE")
        try:
            spec = ranges.canonical(spec, gauge.unit)
        except ranges.BadRange as error:
            raise BadUsage(f"{flag}: {error}") from None
        limit = (items, spec, None) if is_warning else (items, None, spec)
        args.limits.setdefault(gauge.name, []).append(limit)

    return take


def _word_taker(verdict: Verdict, args: CommandLine, severity: str) -> "Callable[[str, str], None]":
    def take(flag: str, text: str) -> None:
        items, equals, word = text.rpartition("=")
        if equals and not items:
            raise BadUsage(f"{flag}: {text!r} names no item before '='; write ITEM=WORD or WORD")
        if problem := word_problem(word):
            raise BadUsage(f"{flag}: {problem}; write ITEM=WORD or WORD")
        args.meanings.setdefault(verdict.name, []).append((items, word, severity))

    return take


def _timeout(flag: str, text: str) -> tuple[float, str]:
    """Parse SECONDS[:STATE]; a suffix such as in `90s` or `2m` is understood. Return both parts."""
    seconds, colon, state = text.partition(":")
    try:
        value = float(ranges.canonical(seconds, "s")) if seconds[:1].isdecimal() else 0.0
    except ranges.BadRange:
        value = 0.0
    if not 0 < value <= MAX_TIMEOUT:
        raise BadUsage(f"{flag}: {text!r} is not SECONDS[:STATE] with seconds above 0 and up to {MAX_TIMEOUT}")
    if not colon:
        return value, "UNKNOWN"
    if state in ("0", "1", "2", "3"):
        return value, STATES[int(state)]
    if state.upper() not in STATES:
        raise BadUsage(f"{flag}: the state {state!r} is not one of {', '.join(STATES)} or 0 to 3")
    return value, state.upper()


def _split(word: str) -> tuple[str, str | None]:
    """Return the flag, and its value where both are one word: `--path=/`, `-p/`."""
    if word.startswith("--"):
        flag, equals, text = word.partition("=")
        return flag, (text if equals else None)
    return word[:2], (word[2:] or None)


def _near(flag: str, flags: "Sequence[str]") -> str:
    from difflib import get_close_matches

    near = get_close_matches(flag, flags, n=1)
    return f", did you mean {near[0]}" if near else ""


def _name(option: Option) -> str:
    if option.kind == "Secret":
        return f"{option.flags[-1]}-env or {option.flags[-1]}-file"
    return "/".join(option.flags)
