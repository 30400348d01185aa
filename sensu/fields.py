"""Which fields a Sensu Go 6.12 resource has, and the type of each.

Sensu itself ignores a field that it does not know and reads field names without
regard to case; here both are reported, since nobody means either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

#: Keys and list positions from the document down, such as ("spec", "env_vars", 0).
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one document; `path` says where, `id` which rule (S101...)."""

    id: str
    path: Path
    message: str
    severity: Literal["error", "warning"] = "error"
    hint: str = ""


Judge = Callable[[object, Path], Iterator[Problem]]


class Type:
    """A type of field. Called with a value and its place it says what is wrong.

    `fits` is the short question whether all is well, which is asked first of each of hundreds of thousands of
    resources. It may say False of what is well, never True of what is not.
    """

    __slots__ = ("fits", "judge")

    def __init__(self, fits: Callable[[object], bool], judge: Judge) -> None:
        self.fits = fits
        self.judge = judge

    def __call__(self, value: object, path: Path) -> Iterator[Problem]:
        return iter(()) if self.fits(value) else self.judge(value, path)


def spoken(path: Path) -> str:
    """`env_vars[0]` for ("spec", "env_vars", 0): how a person names the place."""
    text = ""
    for step in path[1:] if path[:1] == ("spec",) and len(path) > 1 else path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _shown(value: object) -> str:
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
    """False for halves of characters, which JSON can name and UTF-8 cannot write."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _wrong(path: Path, wanted: str, value: object) -> Problem:
    return Problem("S103", path, f"{spoken(path)} must be {wanted}, not {_shown(value)}")


def _text(value: object, path: Path) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield _wrong(path, "text", value)
    elif not _is_unicode(value):
        yield Problem("S103", path, f"{spoken(path)} is not valid Unicode: {value[:40]!a}")


def _flag(value: object, path: Path) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield _wrong(path, "true or false", value)


text = Type(lambda value: isinstance(value, str) and value.isascii(), _text)
flag = Type(lambda value: isinstance(value, bool), _flag)
#: What the agent fills in; nobody writes it by hand, so it is not looked into.
anything = Type(lambda value: True, lambda value, path: iter(()))


def whole(low: int, high: int) -> Type:
    """A whole number within bounds."""

    def fits(value: object) -> bool:
        return type(value) is int and low <= value <= high

    def judge(value: object, path: Path) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            yield _wrong(path, f"a whole number from {low} to {high}", value)

    return Type(fits, judge)


u32 = whole(0, 2**32 - 1)
i64 = whole(-(2**63), 2**63 - 1)


def listing(item: Type) -> Type:
    """A list of values of one type."""

    def fits(value: object) -> bool:
        return isinstance(value, list) and all(map(item.fits, value))

    def judge(value: object, path: Path) -> Iterator[Problem]:
        if not isinstance(value, (list, tuple)):
            yield _wrong(path, "a list", value)
            return
        for index, one in enumerate(value):
            if one is None:
                yield Problem("S103", (*path, index), f"{spoken(path)}[{index}] is empty")
            else:
                yield from item(one, (*path, index))

    return Type(fits, judge)


def mapping(item: Type) -> Type:
    """An object whose keys anybody may choose, with values of one type."""

    def fits(value: object) -> bool:
        return isinstance(value, dict) and all(map(text.fits, value)) and all(map(item.fits, value.values()))

    def judge(value: object, path: Path) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield _wrong(path, "an object", value)
            return
        for key, one in value.items():
            if not isinstance(key, str) or not _is_unicode(key):
                yield Problem("S103", path, f"{spoken(path)} has a key that is no text: {key!a}")
            elif one is not None:
                yield from item(one, (*path, key))

    return Type(fits, judge)


def record(known: Mapping[str, Type]) -> Type:
    """An object of these fields and no others. A null counts as a field left out, as it does for Sensu."""

    def fits(value: object) -> bool:
        if not isinstance(value, dict):
            return False
        for key, one in value.items():
            field = known.get(key)
            if field is None or not field.fits(one):
                return False
        return True

    def judge(value: object, path: Path) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield _wrong(path, "an object", value)
            return
        for key, one in value.items():
            field = known.get(key)
            if field is None:
                yield _unknown(key, known, path)
            elif one is not None:
                yield from field(one, (*path, key))

    return Type(fits, judge)


def _unknown(key: str, known: Mapping[str, Type], path: Path) -> Problem:
    # Imported here: most documents have no unknown field.
    from difflib import get_close_matches

    close = get_close_matches(str(key).lower(), known, n=1)
    hint = f"did you mean {close[0]}?" if close else "its fields are " + ", ".join(sorted(known))
    place = spoken(path) or "a document"
    return Problem("S102", (*path, key), f"{place} has no field {key}", hint=hint)


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

#: The spec of each resource type.
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

#: The API group of each type; a document without one is read as core/v2.
API_VERSIONS: Mapping[str, str] = dict.fromkeys(SPECS, "core/v2") | {"Secret": "secrets/v1"}

#: What a Sensu holds besides, and a dump of it: who may do what, how a cluster is set up, what happened.
NOT_JUDGED = frozenset(
    (
        *("APIKey", "Cluster", "ClusterRole", "ClusterRoleBinding", "EntityConfig", "EtcdReplicator", "Event"),
        *("GlobalConfig", "LicenseFile", "PostgresConfig", "Provider", "Role", "RoleBinding", "RuleTemplate"),
        *("Search", "ServiceComponent", "Silenced", "SumoLogicMetricsHandler", "TCPStreamHandler", "TessenConfig"),
        "User",
    )
)
