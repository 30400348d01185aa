"""A check of an existing Sensu in words that Go and Core 1.x share, and what of it those words leave out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from checkwright.core import shell_words
from checkwright.core.conversion import NotConvertible
from checkwright.registry.plan import Origin, Placeholder, Word
from sensu.quote import ADDRESS_LABEL
from sensu.reading import schedules, token_fields
from sensu.reading.stored_objects import Object
from sensu.reading.token_fields import Part, Token

_LABEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", re.ASCII)
_URL = re.compile(r"https?://[^\s/]\S*")
_RESULTS = ("ok", "warning", "critical", "unknown", "non-zero")
_EXIT_STATUS = re.compile(r"\d{1,3}", re.ASCII)
_ATTEMPTS = "fatigue_check/occurrences"


@dataclass(frozen=True, slots=True)
class Note:
    """Something of a check that is otherwise here, or not here: its field, its place, a sentence."""

    field: str
    origin: Origin
    text: str


@dataclass(frozen=True, slots=True)
class Hook:
    """What runs after a result `on` of a check. In Core its fields stand in the check, in Go in a HookConfig (None)."""

    on: str
    name: str
    fields: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Check:
    """What a check does. Numbers are seconds; 0, "" and () say that nothing is said.

    `left` says why it cannot be carried at all, as the end of a sentence; then only what names it counts.
    """

    source: Object
    name: str
    command: tuple[Word, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    #: Labels of the machines that the command uses, with what stands in where there is none.
    defaults: dict[str, str] = field(default_factory=dict)
    subscriptions: tuple[str, ...] = ()
    standalone: bool = False
    #: One machine of several runs it each time.
    in_turns: bool = False
    #: The entity that it is about, when that is not the machine that runs it.
    entity: str = ""
    #: Expressions that choose the entities for each of which it runs.
    expressions: tuple[str, ...] = ()
    interval: int = 0
    timeout: int = 0
    attempts: int = 0
    #: By name: handlers of events, pipelines, and handlers of measures.
    handlers: tuple[str, ...] = ()
    pipelines: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    hooks: tuple[Hook, ...] = ()
    team: str = ""
    runbook: str = ""
    notes: list[Note] = field(default_factory=list)
    left: str = ""

    @property
    def told(self) -> tuple[str, ...]:
        """Handlers and pipelines, by name."""
        return self.handlers + self.pipelines

    def note(self, name: str, text: str) -> None:
        self.notes.append(Note(name, self.source.origin(name), text))


def of(source: Object) -> Check:
    """Read a CheckConfig or a check of Core. Never raises: what is wrong with it is in `left`."""
    check = Check(source, source.name)
    try:
        if source.generation == "go":
            _read(check, _GO)
        else:
            _read(check, _CORE)
    except shell_words.NeedsShell as reason:
        check.left = f"its command needs a shell: {reason}. Put it into a script, and watch that with Plugin"
    except NotConvertible as reason:
        check.left = str(reason)
    return check


# -- fields: how each is taken; what has no entry is not carried --

_Taker = Callable[[Check, Any], None]


def _read(check: Check, takers: Mapping[str, _Taker]) -> None:
    fields = check.source.fields
    for name, value in fields.items():
        if name in takers or value in (None, "", 0, False, [], {}):
            continue
        check.note(name, _NOT_CARRIED.get(name, f"the field {name} has no place in a registry"))
    for name, take in takers.items():
        if fields.get(name) is not None:
            take(check, fields[name])
    if check.source.generation == "go":
        _metadata(check)
    if not check.command:
        raise NotConvertible("it has no command")
    if not check.interval:
        raise NotConvertible("it has no interval")


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise NotConvertible(f"its {what} is no text")
    return value


def _texts(value: Any, what: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise NotConvertible(f"its {what} is no list of texts")
    return tuple(dict.fromkeys(value))


def _number(value: Any, what: str) -> int:
    if type(value) is not int or value < 0:
        raise NotConvertible(f"its {what} is no whole number of seconds")
    return value


def _flag(value: Any, what: str) -> bool:
    if not isinstance(value, bool):
        raise NotConvertible(f"its {what} is neither true nor false")
    return value


def _command(check: Check, value: Any) -> None:
    generation = check.source.generation
    if generation == "core1" and not _text(value, "command").isascii():
        raise NotConvertible("its command has characters outside ASCII, which Core drops")
    if "\0" in value or "\0" in "".join(_texts(check.source.fields.get("env_vars") or [], "env_vars")):
        raise NotConvertible("its command contains a NUL character, which no program accepts")
    variables = dict(_variables(check))
    line = shell_words.parse(token_fields.parts(_text(value, "command"), generation), variables)
    used = {name for name in variables if re.search(rf"\$\{{?{name}\b", value)}
    env: dict[str, str] = {}
    for name, parts in [*variables.items(), *line.assigned]:
        if any(isinstance(part, Token) for part in parts):
            if name not in used:
                raise NotConvertible(f"the variable {name} differs from entity to entity, and env is the same for all")
            if not _is_ours(name):
                check.note("env_vars", f"the variable {name} is a part of the command's words, and set no more")
            continue
        text = "".join(map(str, parts))
        if name in used and _is_ours(name):
            continue
        env[name] = text
    check.env = tuple(sorted(env.items()))
    check.command = tuple(tuple(_word(check, cast(tuple[Part, ...], word))) for word in line.words)


def _is_ours(name: str) -> bool:
    return re.fullmatch(r"CW_\d+", name) is not None


def _variables(check: Check) -> Iterator[tuple[str, tuple[Part, ...]]]:
    """The check's own variables, which stand in env_vars in Go."""
    if check.source.generation != "go":
        return
    for one in _texts(check.source.fields.get("env_vars") or [], "env_vars"):
        name, equals, value = one.partition("=")
        if not name or not equals or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise NotConvertible(f"{one!r} among its env_vars is no NAME=VALUE")
        yield name, token_fields.parts(value, "go")


def _word(check: Check, parts: tuple[Part, ...]) -> Iterator[str | Placeholder]:
    for part in parts:
        yield part if isinstance(part, str) else _placeholder(check, part)


def _placeholder(check: Check, token: Token) -> Placeholder:
    """The registry's name for what a token stands for."""
    if check.entity and check.source.generation == "go":
        raise NotConvertible(f"the token {token} stands for the agent, and it is about the entity {check.entity}")
    path = token.path
    if path == ("name",):
        return Placeholder("host")
    if path == ("address",) or path == ("labels", ADDRESS_LABEL):
        return Placeholder("address")
    if check.source.generation == "go":
        if len(path) != 2 or path[0] != "labels":
            raise NotConvertible(f"the token {token} is no label, name or address of a machine")
        name = path[1]
    else:
        name = path[1] if len(path) == 2 and path[0] == "labels" else "_".join(path)
    if not _LABEL.fullmatch(name):
        raise NotConvertible(f"the label {name!r} of a token has other characters than letters, digits and _ . -")
    if token.default is not None and check.defaults.setdefault(name, token.default) != token.default:
        raise NotConvertible(f"the token {token} has two defaults")
    return Placeholder(f"label.{name}")


def _subscriptions(check: Check, value: Any) -> None:
    found = _texts(value, "subscriptions")
    if any(prefix in one for one in found for prefix in ("{{", ":::")):
        raise NotConvertible("a subscription is a token")
    turns = tuple(one for one in found if one.startswith("roundrobin:"))
    if turns:
        check.in_turns = True
        check.note("subscribers", "machines take turns in Core; here one central machine runs it")
    check.subscriptions = tuple(one.removeprefix("roundrobin:") for one in found)


def _interval(check: Check, value: Any) -> None:
    check.interval = _number(value, "interval")


def _cron(check: Check, value: Any) -> None:
    text = _text(value, "cron").strip()
    if not text:
        return
    seconds = schedules.seconds(text)
    if seconds is None:
        raise NotConvertible(f"its schedule {text!r} is none of equal steps, and a registry has those alone")
    check.interval = seconds
    check.note("cron", f"the schedule {text!r} becomes an interval of {seconds} s, at another moment of the clock")


def _timeout(check: Check, value: Any) -> None:
    check.timeout = int(_number(value, "timeout"))


def _handlers(check: Check, value: Any) -> None:
    check.handlers += _texts(value, "handlers")


def _handler(check: Check, value: Any) -> None:
    check.handlers += (_text(value, "handler"),)


def _pipelines(check: Check, value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise NotConvertible("its pipelines are no list of objects")
    check.pipelines = tuple(str(one.get("name")) for one in value)


def _entity(check: Check, value: Any) -> None:
    check.entity = _text(value, "entity")
    if "{{" in check.entity or ":::" in check.entity:
        raise NotConvertible(f"the entity {check.entity!r} is a token")


def _proxy_requests(check: Check, value: Any) -> None:
    if not isinstance(value, dict):
        raise NotConvertible("its proxy_requests is no object")
    if attributes := value.get("entity_attributes"):
        check.expressions = _texts(attributes, "entity_attributes")
    elif value.get("client_attributes") is not None:
        raise NotConvertible("it runs for clients with certain attributes, which are written as hosts of a role here")


def _round_robin(check: Check, value: Any) -> None:
    check.in_turns = _flag(value, "round_robin")


def _publish(check: Check, value: Any) -> None:
    if not _flag(value, "publish"):
        raise NotConvertible("it is not published, so nothing runs it")


def _occurrences(check: Check, value: Any) -> None:
    check.attempts = _number(value, "occurrences")


def _standalone(check: Check, value: Any) -> None:
    check.standalone = _flag(value, "standalone")


def _handle(check: Check, value: Any) -> None:
    if not _flag(value, "handle"):
        check.handlers = ()


def _stdin(check: Check, value: Any) -> None:
    if _flag(value, "stdin"):
        raise NotConvertible("its command reads the event on its standard input, which nothing here gives it")


def _extension(check: Check, value: Any) -> None:
    raise NotConvertible("it runs an extension inside of the client")


def _secrets(check: Check, value: Any) -> None:
    if value:
        raise NotConvertible("it is given secrets of Sensu, which a Plugin cannot be: use a check's Secret(env=...)")


def _metric_format(check: Check, value: Any) -> None:
    if value not in ("", "nagios_perfdata"):
        check.note("output_metric_format", f"metrics in the form {value} are not read any more; perfdata is")


def _metric_handlers(check: Check, value: Any) -> None:
    check.metrics = _texts(value, "output_metric_handlers")


def _nothing(check: Check, value: Any) -> None:
    """A field that needs no word: what another one says, or what Sensu set by itself."""


def _metadata(check: Check) -> None:
    """What labels and annotations say that a registry has words for."""
    for kind in ("labels", "annotations"):
        said = check.source.metadata.get(kind)
        for name, value in said.items() if isinstance(said, dict) else ():
            text = value if isinstance(value, str) else str(value)
            if name == _ATTEMPTS and text.isdecimal() and int(text) > 0:
                check.attempts = int(text)
            elif name in ("runbook", "runbook_url") and _URL.fullmatch(text) and text.isprintable():
                check.runbook = text
            elif name in ("owner", "team") and text:
                check.team = text
            elif name.startswith("sensu.io/") or not text:
                continue
            else:
                origin = check.source.origin()
                check.notes.append(Note(f"{kind}.{name}", origin, f"the {kind[:-1]} {name} has no place in a registry"))


def _check_hooks(check: Check, value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise NotConvertible("its check_hooks are no list of hooks by result")
    found = [
        (str(on), name) for one in value for on, names in one.items() for name in _texts(names or [], "check_hooks")
    ]
    _take_hooks(check, "check_hooks", [Hook(on, name) for on, name in found])


def _hooks(check: Check, value: Any) -> None:
    if not isinstance(value, dict) or not all(isinstance(one, dict) for one in value.values()):
        raise NotConvertible("its hooks are no commands by result")
    _take_hooks(check, "hooks", [Hook(on, f"{check.name}-{on}", fields) for on, fields in value.items()])


def _take_hooks(check: Check, field: str, found: list[Hook]) -> None:
    sound = tuple(one for one in found if one.on in _RESULTS or (_EXIT_STATUS.fullmatch(one.on) and int(one.on) <= 255))
    for one in found:
        if one not in sound:
            check.note(field, f"{one.on} is no result, so no hook runs after it")
    check.hooks = sound


_GO: Mapping[str, _Taker] = {
    "proxy_entity_name": _entity,
    "publish": _publish,
    "stdin": _stdin,
    "secrets": _secrets,
    "check_hooks": _check_hooks,
    "subscriptions": _subscriptions,
    "interval": _interval,
    "cron": _cron,
    "timeout": _timeout,
    "handlers": _handlers,
    "pipelines": _pipelines,
    "proxy_requests": _proxy_requests,
    "round_robin": _round_robin,
    "env_vars": _nothing,
    "output_metric_format": _metric_format,
    "output_metric_handlers": _metric_handlers,
    "scheduler": _nothing,
    "ttl": _nothing,
    "command": _command,
}
_CORE: Mapping[str, _Taker] = {
    "extension": _extension,
    "source": _entity,
    "publish": _publish,
    "stdin": _stdin,
    "subscribers": _subscriptions,
    "standalone": _standalone,
    "interval": _interval,
    "cron": _cron,
    "timeout": _timeout,
    "handler": _handler,
    "handlers": _handlers,
    "handle": _handle,
    "proxy_requests": _proxy_requests,
    "occurrences": _occurrences,
    "hooks": _hooks,
    "name": _nothing,
    "ttl": _nothing,
    "command": _command,
}
_NOT_CARRIED: Mapping[str, str] = {
    "runtime_assets": "assets are not carried over: the program must be on the machines",
    "output_metric_tags": "tags on metrics are not carried over",
    "output_metric_thresholds": "thresholds on metrics are not carried over: give them to the check",
    "subdue": "hours without runs are not carried over: quiet=(Hours(...),) keeps from telling",
    "subdues": "hours without runs are not carried over: quiet=(Hours(...),) keeps from telling",
    "low_flap_threshold": "thresholds of flapping are not carried over",
    "high_flap_threshold": "thresholds of flapping are not carried over",
    "max_output_size": "a limit on stored output is not carried over",
    "discard_output": "output is kept",
    "refresh": "how often one is told again is for the handler to say",
    "dependencies": "dependencies between checks are not carried over",
    "aggregate": "aggregates are not carried over",
    "aggregates": "aggregates are not carried over",
    "type": "the type of a check in Core is not carried over",
}
