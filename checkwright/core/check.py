"""The base class of every check."""

import sys
from types import MappingProxyType

from checkwright.core import options as _options
from checkwright.core.current import state_of
from checkwright.core.domain import Metric, Resource
from checkwright.core.errors import CheckError, DeclarationError
from checkwright.core.gauges import Gauge, Thresholds
from checkwright.core.options import FromHost, Option
from checkwright.core.secret import Secret
from checkwright.core.source import Source
from checkwright.core.verdicts import SEVERITIES, Verdict, word_flag
from checkwright.core.world import World

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, ClassVar, Generic, Self, TypeVar, dataclass_transform, overload

    S = TypeVar("S", bound=Source)
    T = TypeVar("T")
    R = TypeVar("R")
    Metrics = Iterator[Metric]
else:
    from collections.abc import Iterator as Metrics

    S = T = R = None

    class Generic:
        def __class_getitem__(cls, _parameter: object) -> type:
            return cls

    def dataclass_transform(**_words: object) -> object:
        return lambda decorated: decorated


#: Names that the base class uses itself.
RESERVED = frozenset(
    [
        "name",
        "title",
        "probe",
        "each",
        "option",
        "gauge",
        "verdict",
        "uses",
        "metric",
        "word",
        "validate",
        "validate_file",
        "act",
        "explicit",
        "thresholds",
        "meaning_of",
        "rank",
        "names_limit",
        "limit",
        "options",
        "gauges",
        "verdicts",
        "identity",
        "in_account",
        "proves_access",
        "arguments",
        "failed_items",
        "known_items",
        "expected_items",
        "metrics",
        "shared",
        "thread_safe",
    ]
)
#: Flags of every check.
COMMON_FLAGS = frozenset(
    [
        "-h",
        "--help",
        "-V",
        "--version",
        "-v",
        "--verbose",
        "-t",
        "--timeout",
        "-w",
        "--warning",
        "-c",
        "--critical",
        "--output",
        "--project",
    ]
)


class uses(Generic[S]):
    """Declare that a check uses a source. In a run the attribute is that source, opened on first use.

    keeps_labels: for a StateFile. A run that fails then reports the labels of the last good run, with values `U`. Set
    it if the target names the items, such as the queues of a broker: without an answer they are unknown.
    """

    def __init__(self, kind: "type[S]", *, keeps_labels: bool = False) -> None:
        if not (isinstance(kind, type) and issubclass(kind, Source)):
            raise DeclarationError(f"uses({kind!r}): not a source")
        if keeps_labels and not hasattr(kind, "recall"):
            raise DeclarationError(f"uses({kind.__name__}, keeps_labels=True): only a StateFile keeps labels")
        self.kind = kind
        self.keeps_labels = keeps_labels

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type) -> "Self": ...
        @overload
        def __get__(self, instance: "Check", owner: type) -> S: ...

    def __get__(self, instance: "Check | None", owner: type) -> object:
        return self if instance is None else instance._world.get(self.kind)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(_options.option,))
class Check(Resource):
    """One check: options, gauges and verdicts declared in the class body, and `probe()`.

    An instance is a frozen record of options. A registry uses it to declare a watch. In a run it also
    holds that run's thresholds and sources.

    explicit: names of the options that were passed. expected_items, failed_items: see `each()`.
    """

    if TYPE_CHECKING:
        explicit: frozenset[str]
        expected_items: list[str]
        failed_items: list[tuple[str, str, str]]
        _ranks: ClassVar[dict[str, int]]
        _label_memory: ClassVar[type[Source] | None]
        _world: World
        _limits: dict[str, list[tuple[str, str | None, str | None]]]
        _meanings: dict[str, list[tuple[str, str, str]]]

    options: "ClassVar[Mapping[str, Option]]" = MappingProxyType({})
    gauges: "ClassVar[Mapping[str, Gauge]]" = MappingProxyType({})
    verdicts: "ClassVar[Mapping[str, Verdict]]" = MappingProxyType({})
    _label_memory = None
    #: The worker runs a thread-safe check in a thread, any other in a process of its own. Set it to True for a check
    #: that waits or reads, and changes nothing that a process has only once.
    thread_safe: "ClassVar[bool]" = False
    #: The source folds the requests of concurrent runs, so the worker runs them in one process.
    shared: "ClassVar[bool]" = False
    #: The check runs in an account of AWS. The registry gives it the account and region of its environment.
    in_account: "ClassVar[bool]" = False
    #: The other checks of the account depend on this one, so that expired credentials are one alert.
    proves_access: "ClassVar[bool]" = False

    def __init_subclass__(cls) -> None:
        for name, value in vars(cls).items():
            if isinstance(value, Option | Gauge | Verdict | uses) and (name in RESERVED or name.startswith("_")):
                raise DeclarationError(f"{cls.__name__}.{name}: this name is taken by the base class")
        declared = dict(cls.options)
        gauges, verdicts = dict(cls.gauges), dict(cls.verdicts)
        namespace = vars(sys.modules[cls.__module__]) if cls.__module__ in sys.modules else {}
        annotations = cls.__annotations__
        for name, value in list(vars(cls).items()):
            if isinstance(value, uses) and value.keeps_labels:
                cls._label_memory = value.kind
            elif isinstance(value, Gauge):
                gauges[name] = value
            elif isinstance(value, Verdict):
                verdicts[name] = value
            elif isinstance(value, Option):
                where = f"{cls.__name__}.{name}"
                if name not in annotations:
                    raise DeclarationError(f"{where} needs a type: {name}: str = option(...)")
                value.bind(cls.__name__, name, _options.resolved(annotations[name], namespace, where))
                declared[name] = value
                delattr(cls, name)
        for name in annotations:
            if name not in declared and name not in vars(cls) and not name.startswith("_"):
                raise DeclarationError(f"{cls.__name__}.{name} has a type but no option(...)")
        _refuse_double_flags(cls.__name__, declared, gauges, verdicts)
        cls.options, cls.gauges, cls.verdicts = declared, gauges, verdicts

    def __init__(self, **options: "Any") -> None:
        for name in options:
            if name not in self.options:
                from difflib import get_close_matches

                near = get_close_matches(name, self.options, n=1)
                hint = f", did you mean {near[0]}" if near else ""
                raise DeclarationError(f"{type(self).__name__} has no option {name!r}{hint}")
        values = self.__dict__
        for name, option in self.options.items():
            if name in options:
                try:
                    values[name] = option.validated(options[name])
                except ValueError as error:
                    raise DeclarationError(f"{type(self).__name__}.{name} {error}") from None
            elif option.required:
                raise DeclarationError(f"{type(self).__name__} needs the option {name}= ({option.help})")
            else:
                values[name] = option.default
        values["explicit"] = frozenset(options)
        values["expected_items"] = []
        values["failed_items"] = []
        values["_limits"] = {}
        values["_meanings"] = {}
        values["_world"] = _NO_WORLD

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: a run keeps its state in local variables")

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.options if name in self.explicit)
        return f"{type(self).__name__}({shown})"

    @classmethod
    def title(cls) -> str:
        """Return the check's name on a command line: `sqs_backlog` for SqsBacklog."""
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("_")

    @property
    def name(self) -> str:
        return self.title()

    def probe(self) -> "Metrics":
        """Measure, and yield the metrics. The only method that a check must define."""
        raise NotImplementedError(f"{type(self).__name__} has no probe()")

    def validate(self) -> None:
        """Validate the options together, before a source is opened. Raise BadUsage for a bad combination.

        Called before each run, and by the registry's rules unless an option is a host's label.
        """

    def validate_file(self, name: str, text: str) -> None:
        """Validate a file of the project that an option with `shipped` names. Raise BadUsage for a bad one.

        Called by the registry's rules. name: the path in the project, for the message.
        """

    def act(self) -> "int | None":
        """Do something else than a check's run and return the process's exit status; None to run as usual.

        Only `heartbeat --run` needs it: it wraps a command and keeps that command's output and status.
        """
        return None

    def each(self, items: "Iterable[T]", read: "Callable[[T], R]") -> "Iterator[tuple[T, R]]":
        """Read several items and yield each with its value.

        An item whose `read` raises Down or CannotTell is reported in that state; the others are still measured. Its
        labels stay in the performance data, with values `U`. If the target names the items, declare `memory =
        uses(StateFile, keeps_labels=True)`: a failed run then keeps the labels of the last good run.
        """
        items = list(items)
        self.expected_items.extend(str(item) for item in items)
        for item in items:
            try:
                value = read(item)
            except CheckError as error:
                self.failed_items.append((str(item), state_of(error), str(error)))
                continue
            yield item, value

    def known_items(self) -> "tuple[str, ...] | None":
        """Return the names of all items that a run will report; None if the target decides them.

        `checkctl lint` uses it to find limits for items that do not exist.
        """
        return None

    def thresholds(self, gauge: Gauge, item: str) -> Thresholds:
        """Return the thresholds of an item: the gauge's defaults, then this run's limits; the last match wins."""
        limits = self._limits.get(gauge.name)
        if not limits:
            return gauge.default
        warn, crit = gauge.default.warn, gauge.default.crit
        for pattern, new_warn, new_crit in limits:
            if not pattern or pattern == item or _matches(item, pattern):
                warn = warn if new_warn is None else new_warn
                crit = crit if new_crit is None else new_crit
        return Thresholds(warn, crit)

    def meaning_of(self, verdict: Verdict, item: str, word: str | None) -> str:
        """Return the severity that this run gives to a word of an item; "" for none. The last match wins."""
        found = ""
        for pattern, own, severity in self._meanings.get(verdict.name, ()):
            if own == word and (not pattern or pattern == item or _matches(item, pattern)):
                found = severity
        return found

    def names_limit(self, gauge: str, item: str) -> bool:
        """Return True if a limit of this run names the item, by a pattern over items.

        A check with hundreds of items puts only those into its performance data.
        """
        return any(
            pattern and (pattern == item or _matches(item, pattern)) for pattern, _, _ in self._limits.get(gauge, ())
        )

    @classmethod
    def rank(cls, name: str) -> int:
        """Return the position of a gauge or verdict in the class body: the lowest comes first on the status line."""
        ranks: dict[str, int] | None = cls.__dict__.get("_ranks")
        if ranks is None:
            ranks = {}
            for rank, known in enumerate(_body(cls)):
                ranks.setdefault(known, rank)
            cls._ranks = ranks
        return ranks.get(name, 999)

    def arguments(self, literal: "Callable[[str], str] | None" = None) -> "list[str | FromHost]":
        """Return the explicit options as command line arguments in the order of declaration, remaining words last.

        literal: applied to each word of a literal option; the registry escapes placeholders with it.
        """
        words: list[str | FromHost] = []
        rest: list[str | FromHost] = []
        for name, option in self.options.items():
            if name in self.explicit and (value := getattr(self, name)) != option.default:
                own = option.words(value)
                if literal is not None and option.literal:
                    own = [literal(word) if isinstance(word, str) else word for word in own]
                if option.rest:
                    rest = ["--", *own]
                else:
                    words += own
        return words + rest

    def identity(self) -> str:
        """Return text that is unique to this check with these options. It holds no thresholds and no secrets."""
        return "\x1f".join([self.name, *(str(word) for word in self.arguments())])


_NO_WORLD = World(sealed=True)


def bind(
    check: Check,
    world: World,
    limits: "dict[str, list[tuple[str, str | None, str | None]]]",
    meanings: "dict[str, list[tuple[str, str, str]]]",
) -> Check:
    """Give a fresh instance the sources, the thresholds and the severities of words of a run."""
    check.__dict__["_world"] = world
    check.__dict__["_limits"] = limits
    check.__dict__["_meanings"] = meanings
    return check


def unbound(check: Check) -> Check:
    """Return a fresh instance with the same options, which are frozen, and without the data of any run."""
    fresh: Check = object.__new__(type(check))
    fresh.__dict__.update(
        check.__dict__, expected_items=[], failed_items=[], _limits={}, _meanings={}, _world=_NO_WORLD
    )
    return fresh


def _body(cls: type[Check]) -> "Iterator[str]":
    for base in reversed(cls.__mro__):
        for name, value in vars(base).items():
            if isinstance(value, Gauge | Verdict):
                yield name


def _matches(item: str, pattern: str) -> bool:
    from fnmatch import fnmatchcase

    return fnmatchcase(item, pattern)


def _refuse_double_flags(
    owner: str, declared: dict[str, Option], gauges: dict[str, Gauge], verdicts: dict[str, Verdict]
) -> None:
    taken = dict.fromkeys(COMMON_FLAGS, "every check")
    for gauge in gauges:
        for end in ("warning", "critical"):
            taken[f"--{gauge.replace('_', '-')}-{end}"] = f"the gauge {gauge}"
    for verdict in verdicts:
        taken |= {word_flag(verdict, severity): f"the verdict {verdict}" for severity in SEVERITIES}
    for name, option in declared.items():
        flags = option.flags
        if option.kind == "Secret":
            flags = tuple(f"{flag}{end}" for flag in flags if flag.startswith("--") for end in ("-env", "-file"))
        for flag in flags:
            if flag in taken:
                raise DeclarationError(f"{owner}.{name}: the flag {flag} is taken by {taken[flag]}")
            taken[flag] = f"{owner}.{name}"


__all__ = ["Check", "Metrics", "Secret", "bind", "unbound", "uses"]
