"""Rules S211 and S212: problems of one check or client of Sensu Core 1.x.

Wrong types are S103. Core passes unknown fields on to handlers, so the only unknown fields reported here are those
that Sensu Go has and Core does not.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sensu import cron
from sensu.fields import Type, anything, flag, mapping, text, texts, whole
from sensu.rules import DocumentRule, Problem

Spec = Mapping[str, Any]

_NAME = re.compile(r"[A-Za-z0-9_.-]+\Z")
_AGGREGATE = re.compile(r"[A-Za-z0-9_.:|-]+\Z")
_TOKEN = re.compile(r":::[^:].*?:::")
_HOOK = re.compile(r"(ok|warning|critical|unknown|non-zero|\d{1,3})\Z", re.ASCII)

_integer = whole(-(2**63), 2**63 - 1)
_object = mapping(anything)

_CHECK: Mapping[str, Type] = {
    "command": text,
    "extension": text,
    "stdin": flag,
    "publish": flag,
    "standalone": flag,
    "handle": flag,
    "truncate_output": flag,
    "auto_resolve": flag,
    "force_resolve": flag,
    "cron": text,
    "interval": _integer,
    "subscribers": texts,
    "handler": text,
    "handlers": texts,
    "ttl": _integer,
    "ttl_status": _integer,
    "low_flap_threshold": _integer,
    "high_flap_threshold": _integer,
    "occurrences": _integer,
    "truncate_output_length": _integer,
    "source": text,
    "aggregate": text,
    "aggregates": texts,
    "hooks": mapping(_object),
    "proxy_requests": _object,
    "subdue": _object,
}
_CLIENT: Mapping[str, Type] = {
    "name": text,
    "address": text,
    "subscriptions": texts,
    "safe_mode": flag,
    "keepalives": flag,
    "keepalive": _object,
    "socket": _object,
    "http_socket": _object,
    "redact": texts,
    "signature": text,
    "registration": _object,
    "deregistration": _object,
}
#: Fields of Sensu Go and their equivalents in Core.
_OF_GO: Mapping[str, str] = {
    "subscriptions": "subscribers",
    "proxy_entity_name": "source",
    "check_hooks": "hooks",
    "round_robin": 'a subscriber "roundrobin:NAME"',
    "env_vars": "assignments in the command",
    "secrets": "a file that the check reads",
    "runtime_assets": "what is installed on the machine",
    "output_metric_format": 'type "metric" and a mutator',
}
_ABOVE_ZERO = ("ttl", "truncate_output_length", "occurrences")


class RefusedDefinition(DocumentRule):
    """Sensu Core refuses the definition when it reads its settings.

    The message names the field and Core's condition. The server or client then does not start.

    Wrong:
        {"checks": {"disk": {"command": "check_disk", "subscribers": ["web"]}}}

    Right:
        {"checks": {"disk": {"command": "check_disk", "subscribers": ["web"], "interval": 60}}}
    """

    id = "S211"
    language = "json"


class NoEffectInCore(DocumentRule):
    """Sensu Core accepts a value that does not have the expected effect.

    The message says what Core does instead.

    Wrong:
        {"checks": {"disk": {"command": "check_disk", "subscriptions": ["web"]}}}

    Right:
        {"checks": {"disk": {"command": "check_disk", "subscribers": ["web"]}}}
    """

    id = "S212"
    severity = "warning"
    language = "json"


def name_error(name: str) -> str:
    """Return why Core refuses a check's or client's name, as the end of a sentence. Returns "" for a valid one."""
    if not name:
        return "is empty"
    return "" if _NAME.match(name) else f'"{name}" has other characters than letters, digits and _ . -'


def check_problems(name: str, spec: object) -> Iterator[Problem]:
    """Yield the problems of one check in `checks`. Paths begin below it."""
    if why := name_error(name):
        yield RefusedDefinition.problem((), f"the name of a check {why}")
    if not isinstance(spec, dict):
        yield RefusedDefinition.problem((), "a check is an object with a command, an interval and subscribers")
        return
    wrong = list(_types(spec, _CHECK))
    yield from wrong
    broken = {problem.path[0] for problem in wrong}
    sound = {key: one for key, one in spec.items() if one is not None and key not in broken}
    yield from _pairs({key for key, one in spec.items() if one is not None})
    for rule in (_execution, _schedule, _limits, _proxy, _hooks, _foreign):
        for problem in rule(sound):
            # A field of a wrong type is not missing.
            if not broken & set(problem.path[:1]):
                yield problem


def client_problems(spec: object) -> Iterator[Problem]:
    """Yield the problems of a client's definition. Paths begin below it."""
    if not isinstance(spec, dict):
        yield RefusedDefinition.problem((), "a client is an object with a name, an address and subscriptions")
        return
    yield from _types(spec, _CLIENT)
    for key in ("name", "address", "subscriptions"):
        if spec.get(key) is None:
            yield RefusedDefinition.problem((), f"the client has no {key}")
    if isinstance(name := spec.get("name"), str) and (why := name_error(name)):
        yield RefusedDefinition.problem(("name",), f"the name of a client {why}")


def _types(spec: Spec, known: Mapping[str, Type]) -> Iterator[Problem]:
    for key, one in spec.items():
        if one is not None and key in known:
            yield from known[key](one, (key,))


def _pairs(keys: Collection[str]) -> Iterator[Problem]:
    if ("command" in keys) == ("extension" in keys):
        both = "both are set" if "command" in keys else "neither is set"
        yield RefusedDefinition.problem((), f"a check has either a command or an extension, and {both}")
    if ("low_flap_threshold" in keys) != ("high_flap_threshold" in keys):
        yield RefusedDefinition.problem(
            (), "low_flap_threshold and high_flap_threshold go together, and one is missing"
        )


def _execution(spec: Spec) -> Iterator[Problem]:
    timeout = spec.get("timeout")
    if timeout is None:
        yield NoEffectInCore.problem(("timeout",), "the check has no timeout, so it may run forever")
    elif isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        yield RefusedDefinition.problem(("timeout",), "timeout must be a number of seconds")
    if spec.get("handler") and spec.get("handlers"):
        yield NoEffectInCore.problem(("handler",), "handler and handlers are both set, and Core reads only handlers")


def _schedule(spec: Spec) -> Iterator[Problem]:
    if spec.get("publish") is not False:
        if "cron" in spec:
            if why := cron.error(spec["cron"]):
                yield RefusedDefinition.problem(
                    ("cron",), f"Core cannot read the cron schedule {spec['cron']!r}: {why}"
                )
            if "interval" in spec:
                yield NoEffectInCore.problem(("interval",), "interval and cron are both set, and Core uses cron")
        elif spec.get("interval", 0) < 1:
            yield RefusedDefinition.problem(("interval",), "the check needs an interval above 0 or a cron schedule")
    if not spec.get("standalone"):
        subscribers = spec.get("subscribers")
        if subscribers is None:
            yield RefusedDefinition.problem(("subscribers",), "the check needs subscribers, or standalone")
        elif not subscribers:
            yield NoEffectInCore.problem(("subscribers",), "the check has no subscribers, so no client runs it")
        for index, one in enumerate(subscribers or ()):
            if not one:
                yield RefusedDefinition.problem(("subscribers", index), f"subscribers[{index}] is empty")
    elif spec.get("subscribers"):
        yield NoEffectInCore.problem(
            ("subscribers",), "a standalone check has subscribers, which the server does not read"
        )


def _limits(spec: Spec) -> Iterator[Problem]:
    for key in _ABOVE_ZERO:
        if spec.get(key, 1) < 1:
            yield RefusedDefinition.problem((key,), f"{key} must be above 0, not {spec[key]}")
    if 0 < spec.get("ttl", 0) <= spec.get("interval", 0):
        message = f"ttl {spec['ttl']} is not above the interval {spec['interval']}: Core reports every round as missing"
        yield RefusedDefinition.problem(("ttl",), message)
    for key, values in (("aggregate", [spec.get("aggregate")]), ("aggregates", spec.get("aggregates", ()))):
        for one in values:
            if one is not None and not _AGGREGATE.match(one):
                yield RefusedDefinition.problem(
                    (key,), f'{key} has "{one}", and a name has letters, digits and _ . : | -'
                )


def _proxy(spec: Spec) -> Iterator[Problem]:
    if "source" in spec and (why := name_error(_TOKEN.sub("x", spec["source"]))):
        yield RefusedDefinition.problem(("source",), f"source {why}")
    requests = spec.get("proxy_requests")
    if requests is None:
        return
    attributes = requests.get("client_attributes")
    if not isinstance(attributes, dict) or not attributes:
        yield RefusedDefinition.problem(
            ("proxy_requests",), "proxy_requests needs client_attributes, an object that is not empty"
        )
    coverage = requests.get("splay_coverage")
    if coverage is not None and (type(coverage) is not int or not 0 < coverage < 100):
        yield RefusedDefinition.problem(
            ("proxy_requests", "splay_coverage"), "splay_coverage is a percentage from 1 to 99"
        )
    if not isinstance(requests.get("splay", False), bool):
        yield RefusedDefinition.problem(("proxy_requests", "splay"), "splay must be true or false")
    if spec.get("standalone"):
        yield NoEffectInCore.problem(
            ("proxy_requests",), "only the server makes proxy requests, and it does not schedule a standalone check"
        )


def _hooks(spec: Spec) -> Iterator[Problem]:
    for kind, hook in spec.get("hooks", {}).items():
        path = ("hooks", kind)
        if not _HOOK.match(kind) or (kind.isdecimal() and int(kind) > 255):
            yield RefusedDefinition.problem(path, f"hooks has {kind}, which is neither an exit status nor a severity")
        if not isinstance(hook.get("command"), str):
            yield RefusedDefinition.problem(path, f"hooks.{kind} has no command")


def _foreign(spec: Spec) -> Iterator[Problem]:
    for key, instead in _OF_GO.items():
        if key in spec:
            yield NoEffectInCore.problem(
                (key,), f"{key} is a field of Sensu Go, which Core does not read", f"Core has {instead}"
            )
