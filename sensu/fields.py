"""Fields of Sensu Go 6.12 resources and their types.

Sensu ignores an unknown field, and it reads field names without regard to case. Both are reported here,
because both are mistakes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sensu.rules import Path, Problem, UnknownField, WrongType


class Type:
    """Type of a field. Calling it with a value and its path yields the problems.

    `fits` is a fast test that runs first, because a fleet has hundreds of thousands of values. It may return False
    for a valid value, but never True for an invalid one.
    """

    __slots__ = ("find", "fits")

    def __init__(self, fits: Callable[[object], bool], find: Callable[[object, Path], Iterator[Problem]]) -> None:
        self.fits = fits
        self.find = find

    def __call__(self, value: object, path: Path) -> Iterator[Problem]:
        return iter(()) if self.fits(value) else self.find(value, path)


def display_path(path: Path) -> str:
    """Return a path as people write it: `env_vars[0]` for ("spec", "env_vars", 0)."""
    text = ""
    for step in path[1:] if path[:1] == ("spec",) and len(path) > 1 else path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _display(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'the text "{value[:40]}"'
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "a list"
    return f"the number {value}"


def _is_unicode(value: str) -> bool:
    """Return False for half of a surrogate pair, which JSON can express and UTF-8 cannot."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _wrong(path: Path, expected: str, value: object) -> Problem:
    return WrongType.problem(path, f"{display_path(path)} must be {expected}, not {_display(value)}")


def _text(value: object, path: Path) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield _wrong(path, "text", value)
    elif not _is_unicode(value):
        yield WrongType.problem(path, f"{display_path(path)} is not valid Unicode: {value[:40]!a}")


def _flag(value: object, path: Path) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield _wrong(path, "true or false", value)


text = Type(lambda value: isinstance(value, str) and value.isascii(), _text)
flag = Type(lambda value: isinstance(value, bool), _flag)
#: A value that agents fill in and nobody writes by hand. It is not checked.
anything = Type(lambda value: True, lambda value, path: iter(()))


def whole(low: int, high: int) -> Type:
    """Return the type of whole numbers from `low` to `high`."""

    def fits(value: object) -> bool:
        return type(value) is int and low <= value <= high

    def find(value: object, path: Path) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            yield _wrong(path, f"a whole number from {low} to {high}", value)

    return Type(fits, find)


u32 = whole(0, 2**32 - 1)
i64 = whole(-(2**63), 2**63 - 1)


def listing(item: Type) -> Type:
    """Return the type of lists with items of one type."""

    def fits(value: object) -> bool:
        return isinstance(value, list) and all(map(item.fits, value))

    def find(value: object, path: Path) -> Iterator[Problem]:
        if not isinstance(value, (list, tuple)):
            yield _wrong(path, "a list", value)
            return
        for index, one in enumerate(value):
            if one is None:
                yield WrongType.problem((*path, index), f"{display_path(path)}[{index}] is empty")
            else:
                yield from item(one, (*path, index))

    return Type(fits, find)


def mapping(item: Type) -> Type:
    """Return the type of objects with free keys and values of one type."""

    def fits(value: object) -> bool:
        return isinstance(value, dict) and all(map(text.fits, value)) and all(map(item.fits, value.values()))

    def find(value: object, path: Path) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield _wrong(path, "an object", value)
            return
        for key, one in value.items():
            if not isinstance(key, str) or not _is_unicode(key):
                yield WrongType.problem(path, f"{display_path(path)} has a key that is not text: {key!a}")
            elif one is not None:
                yield from item(one, (*path, key))

    return Type(fits, find)


def record(known: Mapping[str, Type]) -> Type:
    """Return the type of objects with these fields only. As in Sensu, null means that a field is not set."""

    def fits(value: object) -> bool:
        if not isinstance(value, dict):
            return False
        for key, one in value.items():
            field = known.get(key)
            if field is None or not field.fits(one):
                return False
        return True

    def find(value: object, path: Path) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield _wrong(path, "an object", value)
            return
        for key, one in value.items():
            field = known.get(key)
            if field is None:
                yield _unknown(key, known, path)
            elif one is not None:
                yield from field(one, (*path, key))

    return Type(fits, find)


def _unknown(key: str, known: Mapping[str, Type], path: Path) -> Problem:
    # Imported here: most documents have no unknown field.
    from difflib import get_close_matches

    close = get_close_matches(str(key).lower(), known, n=1)
    hint = f"did you mean {close[0]}?" if close else "its fields are " + ", ".join(sorted(known))
    place = display_path(path) or "a document"
    return UnknownField.problem((*path, key), f"{place} has no field {key}", hint)


texts = listing(text)
text_map = mapping(text)
named = record({"name": text, "value": text})
reference = record({"api_version": text, "type": text, "name": text})
secrets = listing(record({"name": text, "secret": text}))
window = record({"begin": text, "end": text})

METADATA: Mapping[str, Type] = {
    "name": text,
    "namespace": text,
    "labels": text_map,
    "annotations": text_map,
    "created_by": text,
}

CHECK: Mapping[str, Type] = {
    "command": text,
    "interval": u32,
    "cron": text,
    "publish": flag,
    "subscriptions": texts,
    "handlers": texts,
    "timeout": u32,
    "ttl": i64,
    "stdin": flag,
    "round_robin": flag,
    "proxy_entity_name": text,
    "proxy_requests": record({"entity_attributes": texts, "splay": flag, "splay_coverage": u32}),
    "runtime_assets": texts,
    "check_hooks": listing(mapping(texts)),
    "env_vars": texts,
    "output_metric_format": text,
    "output_metric_handlers": texts,
    "output_metric_tags": listing(named),
    "output_metric_thresholds": listing(
        record(
            {
                "name": text,
                "tags": listing(named),
                "null_status": u32,
                "thresholds": listing(record({"min": text, "max": text, "status": u32})),
            }
        )
    ),
    "low_flap_threshold": u32,
    "high_flap_threshold": u32,
    "max_output_size": i64,
    "discard_output": flag,
    "secrets": secrets,
    "pipelines": listing(reference),
    "subdues": listing(record({"begin": text, "end": text, "repeat": texts})),
    "subdue": record({"days": mapping(listing(window))}),
    "scheduler": text,
}

_BUILD: Mapping[str, Type] = {"url": text, "sha512": text, "filters": texts, "headers": text_map}

#: Fields of the spec of each resource type.
SPECS: Mapping[str, Mapping[str, Type]] = {
    "CheckConfig": CHECK,
    "HookConfig": {"command": text, "timeout": u32, "stdin": flag, "runtime_assets": texts},
    "Asset": {**_BUILD, "builds": listing(record(_BUILD))},
    "Handler": {
        "type": text,
        "command": text,
        "socket": record({"host": text, "port": u32}),
        "handlers": texts,
        "timeout": u32,
        "env_vars": texts,
        "runtime_assets": texts,
        "secrets": secrets,
        "filters": texts,
        "mutator": text,
    },
    "EventFilter": {
        "action": text,
        "expressions": texts,
        "runtime_assets": texts,
        "when": record({"days": mapping(listing(window))}),
    },
    "Mutator": {
        "type": text,
        "command": text,
        "eval": text,
        "timeout": u32,
        "env_vars": texts,
        "runtime_assets": texts,
        "secrets": secrets,
    },
    "Pipeline": {
        "workflows": listing(
            record(
                {
                    "name": text,
                    "filters": listing(reference),
                    "mutator": reference,
                    "handler": reference,
                }
            )
        )
    },
    "Entity": {
        "entity_class": text,
        "subscriptions": texts,
        "system": anything,
        "last_seen": i64,
        "deregister": flag,
        "deregistration": record({"handler": text}),
        "user": text,
        "redact": texts,
        "keepalive_handlers": texts,
        "sensu_agent_version": text,
    },
    "Namespace": {"name": text},
    "Secret": {"id": text, "provider": text},
}

#: API group of each type. A document without one means core/v2.
API_VERSIONS: Mapping[str, str] = dict.fromkeys(SPECS, "core/v2") | {"Secret": "secrets/v1"}

#: Types that a dump of Sensu may contain and that have no rules here.
UNCHECKED = frozenset(
    (
        *("APIKey", "Cluster", "ClusterRole", "ClusterRoleBinding", "EntityConfig", "EtcdReplicator", "Event"),
        *("GlobalConfig", "LicenseFile", "PostgresConfig", "Provider", "Role", "RoleBinding", "RuleTemplate"),
        *("Search", "ServiceComponent", "Silenced", "SumoLogicMetricsHandler", "TCPStreamHandler", "TessenConfig"),
        "User",
    )
)
