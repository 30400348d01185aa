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
from checkwright.core.verdicts import Verdict
from checkwright.core.world import World

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, ClassVar, Generic, Self, TypeVar, dataclass_transform, overload

    from checkwright.core.gauges import Limit

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


#: Names that the base class needs itself.
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
        "act",
        "given",
        "thresholds",
        "rank",
        "limit",
        "options",
        "gauges",
        "verdicts",
        "identity",
        "arguments",
        "trouble",
        "announced",
        "metrics",
        "shared",
        "thread_safe",
    ]
)
#: Flags that every check has.
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
    """Declare that a check uses a source; on a run it is that source, opened on first use."""

    def __init__(self, kind: "type[S]") -> None:
        if not (isinstance(kind, type) and issubclass(kind, Source)):
            raise DeclarationError(f"uses({kind!r}): not a source")
        self.kind = kind

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

    An instance is a frozen record of options. In a registry it says what to
    watch; in a run it also carries that run's thresholds and sources.
    """

    if TYPE_CHECKING:
        given: frozenset[str]
        announced: list[str]
        trouble: list[tuple[str, str, str]]
        _ranks: ClassVar[dict[str, int]]
        _world: World
        _limits: dict[str, list[tuple[str, str | None, str | None]]]

    options: "ClassVar[Mapping[str, Option]]" = MappingProxyType({})
    gauges: "ClassVar[Mapping[str, Gauge]]" = MappingProxyType({})
    verdicts: "ClassVar[Mapping[str, Verdict]]" = MappingProxyType({})
    #: The worker runs a thread-safe check in a thread, any other in a process of its own. Set it to True for a check
    #: that waits or reads, and changes nothing that a process has only once.
    thread_safe: "ClassVar[bool]" = False
    #: The source folds the requests of concurrent runs, so the worker runs them in one process.
    shared: "ClassVar[bool]" = False

    def __init_subclass__(cls) -> None:
        for name, value in vars(cls).items():
            if isinstance(value, Option | Gauge | Verdict | uses) and (name in RESERVED or name.startswith("_")):
                raise DeclarationError(f"{cls.__name__}.{name}: this name is taken by the base class")
        declared = dict(cls.options)
        gauges, verdicts = dict(cls.gauges), dict(cls.verdicts)
        namespace = vars(sys.modules[cls.__module__]) if cls.__module__ in sys.modules else {}
        annotations = cls.__annotations__
        for name, value in list(vars(cls).items()):
            if isinstance(value, Gauge):
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
        _refuse_double_flags(cls.__name__, declared, gauges)
        cls.options, cls.gauges, cls.verdicts = declared, gauges, verdicts

    def __init__(self, **given: "Any") -> None:
        for name in given:
            if name not in self.options:
                from difflib import get_close_matches

                near = get_close_matches(name, self.options, n=1)
                hint = f", did you mean {near[0]}" if near else ""
                raise DeclarationError(f"{type(self).__name__} has no option {name!r}{hint}")
        values = self.__dict__
        for name, option in self.options.items():
            if name in given:
                try:
                    values[name] = option.verified(given[name])
                except ValueError as error:
                    raise DeclarationError(f"{type(self).__name__}.{name} {error}") from None
            elif option.required:
                raise DeclarationError(f"{type(self).__name__} needs the option {name}= ({option.help})")
            else:
                values[name] = option.default
        values["given"] = frozenset(given)
        values["announced"] = []
        values["trouble"] = []
        values["_limits"] = {}
        values["_world"] = _NO_WORLD

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: a run keeps its state in local variables")

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.options if name in self.given)
        return f"{type(self).__name__}({shown})"

    @classmethod
    def title(cls) -> str:
        """The check's name on a command line: `SqsBacklog` is `sqs_backlog`."""
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("_")

    @property
    def name(self) -> str:
        return self.title()

    def probe(self) -> "Metrics":
        """Measure: yield the metrics. The one method that a check must have."""
        raise NotImplementedError(f"{type(self).__name__} has no probe()")

    def validate(self) -> None:
        """Look at the options together, before anything is opened; raise BadUsage for what cannot be.

        Called before each run, and by the registry's rules when no option waits for a host.
        """

    def act(self) -> "int | None":
        """Do something else than a check's run, and give the process's exit status; None to run as usual.

        Only `heartbeat --run` needs it: it wraps a command, whose output and status stay the command's own.
        """
        return None

    def each(self, items: "Iterable[T]", read: "Callable[[T], R]") -> "Iterator[tuple[T, R]]":
        """Read several items; one that fails is reported in its own state, and the rest are still measured."""
        items = list(items)
        self.announced.extend(str(item) for item in items)
        for item in items:
            try:
                value = read(item)
            except CheckError as trouble:
                self.trouble.append((str(item), state_of(trouble), str(trouble)))
                continue
            yield item, value

    def thresholds(self, gauge: Gauge, item: str) -> Thresholds:
        """The thresholds in force for an item: the gauge's own, then the given ones, the last match wins."""
        given = self._limits.get(gauge.name)
        if not given:
            return gauge.default
        warn, crit = gauge.default.warn, gauge.default.crit
        for pattern, new_warn, new_crit in given:
            if not pattern or pattern == item or _matches(item, pattern):
                warn = warn if new_warn is None else new_warn
                crit = crit if new_crit is None else new_crit
        return Thresholds(warn, crit)

    @classmethod
    def rank(cls, name: str) -> int:
        """Where a gauge or verdict stands in the class body: the first leads the line."""
        ranks: dict[str, int] | None = cls.__dict__.get("_ranks")
        if ranks is None:
            ranks = {}
            for rank, known in enumerate(_body(cls)):
                ranks.setdefault(known, rank)
            cls._ranks = ranks
        return ranks.get(name, 999)

    def arguments(self) -> "list[str | FromHost]":
        """The given options as command line arguments, in the order of their declaration, remaining words last."""
        words: list[str | FromHost] = []
        rest: list[str | FromHost] = []
        for name, option in self.options.items():
            if name in self.given and (value := getattr(self, name)) != option.default:
                if option.rest:
                    rest = ["--", *option.words(value)]
                else:
                    words += option.words(value)
        return words + rest

    def identity(self) -> str:
        """What tells this check with these options from all others, without thresholds and without secrets."""
        return "\x1f".join([self.name, *(str(word) for word in self.arguments())])


_NO_WORLD = World(sealed=True)


def bind(check: Check, world: World, limits: "dict[str, list[tuple[str, str | None, str | None]]]") -> Check:
    """Give a fresh instance what a run needs: its sources and its thresholds."""
    check.__dict__["_world"] = world
    check.__dict__["_limits"] = limits
    return check


def unbound(check: Check) -> Check:
    """A fresh instance with the same options, which are frozen; what a run fills or is given is empty."""
    fresh: Check = object.__new__(type(check))
    fresh.__dict__.update(check.__dict__, announced=[], trouble=[], _limits={}, _world=_NO_WORLD)
    return fresh


def _body(cls: type[Check]) -> "Iterator[str]":
    for base in reversed(cls.__mro__):
        for name, value in vars(base).items():
            if isinstance(value, Gauge | Verdict):
                yield name


def _matches(item: str, pattern: str) -> bool:
    from fnmatch import fnmatchcase

    return fnmatchcase(item, pattern)


def _refuse_double_flags(owner: str, declared: dict[str, Option], gauges: dict[str, Gauge]) -> None:
    taken = dict.fromkeys(COMMON_FLAGS, "every check")
    for gauge in gauges:
        for end in ("warning", "critical"):
            taken[f"--{gauge.replace('_', '-')}-{end}"] = f"the gauge {gauge}"
    for name, option in declared.items():
        flags = option.flags
        if option.kind == "Secret":
            flags = tuple(f"{flag}{end}" for flag in flags if flag.startswith("--") for end in ("-env", "-file"))
        for flag in flags:
            if flag in taken:
                raise DeclarationError(f"{owner}.{name}: the flag {flag} is taken by {taken[flag]}")
            taken[flag] = f"{owner}.{name}"


def limits_of(given: "Iterable[Limit[Any]]") -> "dict[str, list[tuple[str, str | None, str | None]]]":
    """Limits as a run holds them: by gauge, in order."""
    held: dict[str, list[tuple[str, str | None, str | None]]] = {}
    for limit in given:
        held.setdefault(limit.gauge, []).append((limit.items, limit.warn, limit.crit))
    return held


__all__ = ["Check", "Metrics", "Secret", "bind", "limits_of", "unbound", "uses"]
