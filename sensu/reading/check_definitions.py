"""Checks of an existing Sensu in terms that Go and Core 1.x share, and notes about what these terms cannot express."""

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
    """Difference between a check and its counterpart in a registry: the field, its origin and a sentence."""

    field: str
    origin: Origin
    text: str


@dataclass(frozen=True, slots=True)
class Hook:
    """Hook that runs after a result `on` of a check.

    Core defines its fields in the check. In Go `fields` is None, and a HookConfig has them.
    """

    on: str
    name: str
    fields: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Check:
    """Meaning of a check. Numbers are seconds; 0, "" and () mean that a field is not set.

    `left` is the reason that the check cannot be converted, as the end of a sentence. Then only its name is valid.
    """

    source: Object
    name: str
    command: tuple[Word, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    #: Labels of the machines that the command uses, with their default values.
    defaults: dict[str, str] = field(default_factory=dict)
    subscriptions: tuple[str, ...] = ()
    standalone: bool = False
    #: True if one of several machines runs it in each round.
    in_turns: bool = False
    #: Entity that it checks, if that is not the machine that runs it.
    entity: str = ""
    #: Expressions that select the entities. It runs once for each.
    expressions: tuple[str, ...] = ()
    interval: int = 0
    timeout: int = 0
    attempts: int = 0
    #: Names of the handlers of events, the pipelines, and the handlers of metrics.
    handlers: tuple[str, ...] = ()
    pipelines: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    hooks: tuple[Hook, ...] = ()
    team: str = ""
    runbook: str = ""
    notes: list[Note] = field(default_factory=list)
    left: str = ""

    @property
    def notified(self) -> tuple[str, ...]:
        """Names of the handlers and pipelines."""
        return self.handlers + self.pipelines

    def note(self, name: str, text: str) -> None:
        self.notes.append(Note(name, self.source.origin(name), text))


def of(source: Object) -> Check:
    """Return the meaning of a CheckConfig or of a check of Core. It never raises; problems are in `left`."""
    check = Check(source, source.name)
    try:
        if source.generation == "go":
            _read(check, _GO)
        else:
            _read(check, _CORE)
    except shell_words.RequiresShell as reason:
        check.left = f"its command needs a shell: {reason}. Put it into a script, and watch that with Plugin"
    except NotConvertible as reason:
        check.left = str(reason)
    return check


# Each field has a function that converts it. A field without one is not converted.

_Converter = Callable[[Check, Any], None]


def _read(check: Check, converters: Mapping[str, _Converter]) -> None:
    fields = check.source.fields
    for name, value in fields.items():
        if name in converters or value in (None, "", 0, False, [], {}):
            continue
        check.note(name, _NOT_CONVERTED.get(name, f"a registry has nothing for the field {name}"))
    for name, convert in converters.items():
        if fields.get(name) is not None:
            convert(check, fields[name])
    if check.source.generation == "go":
        _metadata(check)
    if not check.command:
        raise NotConvertible("it has no command")
    if not check.interval:
        raise NotConvertible("it has no interval")


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise NotConvertible(f"its {what} is not text")
    return value


def _texts(value: Any, what: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise NotConvertible(f"its {what} is not a list of texts")
    return tuple(dict.fromkeys(value))


def _number(value: Any, what: str) -> int:
    if type(value) is not int or value < 0:
        raise NotConvertible(f"its {what} is not a whole number of seconds")
    return value


def _flag(value: Any, what: str) -> bool:
    if not isinstance(value, bool):
        raise NotConvertible(f"its {what} is neither true nor false")
    return value


def _command(check: Check, value: Any) -> None:
    generation = check.source.generation
    if generation == "core1" and not _text(value, "command").isascii():
        raise NotConvertible("its command contains characters outside ASCII, which Core drops")
    if "\0" in value or "\0" in "".join(_texts(check.source.fields.get("env_vars") or [], "env_vars")):
        raise NotConvertible("its command contains a NUL character, which no program accepts")
    variables = dict(_variables(check))
    line = shell_words.parse(token_fields.parts(_text(value, "command"), generation), variables)
    used = {name for name in variables if re.search(rf"\$\{{?{name}\b", value)}
    env: dict[str, str] = {}
    for name, parts in [*variables.items(), *line.assigned]:
        if any(isinstance(part, Token) for part in parts):
            if name not in used:
                raise NotConvertible(f"the variable {name} differs between entities, and env is the same for all")
            if not _is_ours(name):
                check.note("env_vars", f"the variable {name} is now part of the command, and not set any more")
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
    """Yield the check's own variables, which Go has in env_vars."""
    if check.source.generation != "go":
        return
    for one in _texts(check.source.fields.get("env_vars") or [], "env_vars"):
        name, equals, value = one.partition("=")
        if not name or not equals or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise NotConvertible(f"{one!r} in its env_vars is not NAME=VALUE")
        yield name, token_fields.parts(value, "go")


def _word(check: Check, parts: tuple[Part, ...]) -> Iterator[str | Placeholder]:
    for part in parts:
        yield part if isinstance(part, str) else _placeholder(check, part)


def _placeholder(check: Check, token: Token) -> Placeholder:
    """Return the registry's placeholder for a token."""
    if check.entity and check.source.generation == "go":
        raise NotConvertible(f"the token {token} is a value of the agent, but it checks the entity {check.entity}")
    path = token.path
    if path == ("name",):
        return Placeholder("host")
    if path == ("address",) or path == ("labels", ADDRESS_LABEL):
        return Placeholder("address")
    if check.source.generation == "go":
        if len(path) != 2 or path[0] != "labels":
            raise NotConvertible(f"the token {token} is not a label, name or address of a machine")
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
        check.note("subscribers", "in Core machines run it in turns; here a central machine runs it")
    check.subscriptions = tuple(one.removeprefix("roundrobin:") for one in found)


def _interval(check: Check, value: Any) -> None:
    check.interval = _number(value, "interval")


def _cron(check: Check, value: Any) -> None:
    text = _text(value, "cron").strip()
    if not text:
        return
    seconds = schedules.seconds(text)
    if seconds is None:
        raise NotConvertible(f"its schedule {text!r} has no equal steps, and a registry has only intervals")
    check.interval = seconds
    check.note("cron", f"the schedule {text!r} becomes an interval of {seconds} s, which begins at another time")


def _timeout(check: Check, value: Any) -> None:
    check.timeout = int(_number(value, "timeout"))


def _handlers(check: Check, value: Any) -> None:
    check.handlers += _texts(value, "handlers")


def _handler(check: Check, value: Any) -> None:
    check.handlers += (_text(value, "handler"),)


def _pipelines(check: Check, value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise NotConvertible("its pipelines are not a list of objects")
    check.pipelines = tuple(str(one.get("name")) for one in value)


def _entity(check: Check, value: Any) -> None:
    check.entity = _text(value, "entity")
    if "{{" in check.entity or ":::" in check.entity:
        raise NotConvertible(f"the entity {check.entity!r} is a token")


def _proxy_requests(check: Check, value: Any) -> None:
    if not isinstance(value, dict):
        raise NotConvertible("its proxy_requests is not an object")
    if attributes := value.get("entity_attributes"):
        check.expressions = _texts(attributes, "entity_attributes")
    elif value.get("client_attributes") is not None:
        raise NotConvertible("it selects clients by attributes: list them as hosts of a role instead")


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
        raise NotConvertible("its command reads the event on its standard input, which no check here gets")


def _extension(check: Check, value: Any) -> None:
    raise NotConvertible("it runs an extension inside the client")


def _secrets(check: Check, value: Any) -> None:
    if value:
        raise NotConvertible("it uses secrets of Sensu, which a Plugin cannot: use a check's Secret(env=...)")


def _metric_format(check: Check, value: Any) -> None:
    if value not in ("", "nagios_perfdata"):
        check.note("output_metric_format", f"metrics in the format {value} are not read any more, only perfdata is")


def _metric_handlers(check: Check, value: Any) -> None:
    check.metrics = _texts(value, "output_metric_handlers")


def _nothing(check: Check, value: Any) -> None:
    """Convert nothing: another field covers it, or Sensu sets it."""


def _metadata(check: Check) -> None:
    """Convert the labels and annotations that a registry has fields for."""
    for kind in ("labels", "annotations"):
        values = check.source.metadata.get(kind)
        for name, value in values.items() if isinstance(values, dict) else ():
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
                check.notes.append(Note(f"{kind}.{name}", origin, f"a registry has nothing for the {kind[:-1]} {name}"))


def _check_hooks(check: Check, value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise NotConvertible("its check_hooks are not a list of hooks by result")
    found = [
        (str(on), name) for one in value for on, names in one.items() for name in _texts(names or [], "check_hooks")
    ]
    _set_hooks(check, "check_hooks", [Hook(on, name) for on, name in found])


def _hooks(check: Check, value: Any) -> None:
    if not isinstance(value, dict) or not all(isinstance(one, dict) for one in value.values()):
        raise NotConvertible("its hooks are not commands by result")
    _set_hooks(check, "hooks", [Hook(on, f"{check.name}-{on}", fields) for on, fields in value.items()])


def _set_hooks(check: Check, field: str, found: list[Hook]) -> None:
    sound = tuple(one for one in found if one.on in _RESULTS or (_EXIT_STATUS.fullmatch(one.on) and int(one.on) <= 255))
    for one in found:
        if one not in sound:
            check.note(field, f"{one.on} is not a result, so no hook runs after it")
    check.hooks = sound


_GO: Mapping[str, _Converter] = {
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
_CORE: Mapping[str, _Converter] = {
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
_NOT_CONVERTED: Mapping[str, str] = {
    "runtime_assets": "assets are not converted: the program must be on the machines",
    "output_metric_tags": "tags on metrics are not converted",
    "output_metric_thresholds": "thresholds on metrics are not converted: give them to the check",
    "subdue": "hours without runs are not converted: quiet=(Hours(...),) prevents notifications",
    "subdues": "hours without runs are not converted: quiet=(Hours(...),) prevents notifications",
    "low_flap_threshold": "thresholds of flapping are not converted",
    "high_flap_threshold": "thresholds of flapping are not converted",
    "max_output_size": "a limit on stored output is not converted",
    "discard_output": "output is kept",
    "refresh": "set the time between notifications with repeat= of the routes",
    "dependencies": "dependencies between checks are not converted",
    "aggregate": "aggregates are not converted",
    "aggregates": "aggregates are not converted",
    "type": "the type of a check in Core is not converted",
}
