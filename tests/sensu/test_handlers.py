"""Tests of the models that process events. Invalid ones raise an error."""

from typing import Any

import pytest

from sensu import EventFilter, Handler, HookConfig, Invalid, Mutator, Pipeline, Reference, Resource, Socket, Workflow
from sensu.handlers import to

SOCKET = Socket(host="127.0.0.1", port=514)


def flow(**fields: Any) -> Workflow:
    defaults: dict[str, Any] = {"name": "mail", "handler": to("Handler", "mail")}
    return Workflow(**defaults | fields)


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        (Handler, {"type": "mail"}, 'a handler\'s type is pipe, tcp, udp or set, not "mail"'),
        (Handler, {"type": "pipe"}, "a pipe handler needs a command"),
        (Handler, {"type": "pipe", "command": "  "}, "a pipe handler needs a command"),
        (Handler, {"type": "tcp"}, "a tcp handler needs a socket with a host and a port above 0"),
        (Handler, {"type": "udp", "socket": Socket(host="", port=1)}, "a udp handler needs a socket"),
        (Handler, {"type": "udp", "socket": Socket(host="a", port=-1)}, "socket.port must be a whole number"),
        (Handler, {"type": "set"}, "a handler set needs handlers"),
        (Handler, {"command": "/bin/x", "name": "a b"}, 'metadata.name "a b" has other characters'),
        (Handler, {"command": "/bin/x", "env_vars": ("A=",)}, 'env_vars[0] is "A=", but must be NAME=VALUE'),
        (Handler, {"command": "/bin/x", "runtime_assets": ("a b",)}, 'runtime_assets[0] "a b" has other'),
        (Handler, {"command": "/bin/x", "filters": "is_incident"}, "filters must be a list"),
        (Handler, {"command": "/bin/x", "timeout": "5"}, "timeout must be a whole number"),
        (EventFilter, {"action": "pass", "expressions": ("true",)}, "a filter's action is allow or deny"),
        (EventFilter, {"action": "allow", "expressions": ()}, "a filter needs an expression"),
        (EventFilter, {"action": "deny", "expressions": ("(",)}, "expressions[0] is no JavaScript expression"),
        (Mutator, {}, "a mutator needs a command"),
        (Mutator, {"type": "javascript"}, "a javascript mutator needs eval, and no command"),
        (Mutator, {"type": "javascript", "eval": "1", "command": "x"}, "needs eval, and no command"),
        (Mutator, {"type": "pie", "command": "x"}, 'a mutator\'s type is pipe or javascript, not "pie"'),
        (Pipeline, {"workflows": (flow(name="a b"),)}, 'the name of workflows[0] "a b" has other characters'),
        (
            Pipeline,
            {"workflows": (flow(handler=to("EventFilter", "x")),)},
            "workflows[0].handler is a EventFilter, but must be a Handler",
        ),
        (
            Pipeline,
            {"workflows": (flow(filters=(Reference(name="", type="EventFilter"),)),)},
            "workflows[0].filters[0] has no name",
        ),
        (HookConfig, {"command": "", "timeout": 1}, "the hook has no command"),
        (HookConfig, {"command": "/bin/x", "timeout": 0}, "the hook needs a timeout above 0"),
        (HookConfig, {"command": "/bin/x {{ .a-b }}", "timeout": 1}, "Sensu cannot evaluate command"),
    ],
)
def test_invalid_resource_raises(kind: type[Resource], fields: dict[str, Any], message: str) -> None:
    with pytest.raises(Invalid) as raised:
        kind(**{"name": "x"} | fields)
    assert message in str(raised.value)
    assert str(raised.value).startswith(f"{kind.__name__} ")


def test_documents_contain_the_fields_that_are_set() -> None:
    made = Pipeline(
        name="page",
        namespace="qa",
        workflows=(flow(filters=(to("EventFilter", "is_incident"),), mutator=to("Mutator", "json")),),
    )
    assert made.document() == {
        "type": "Pipeline",
        "api_version": "core/v2",
        "metadata": {"name": "page", "namespace": "qa"},
        "spec": {
            "workflows": [
                {
                    "name": "mail",
                    "filters": [{"name": "is_incident", "type": "EventFilter", "api_version": "core/v2"}],
                    "mutator": {"name": "json", "type": "Mutator", "api_version": "core/v2"},
                    "handler": {"name": "mail", "type": "Handler", "api_version": "core/v2"},
                }
            ]
        },
    }
    assert Handler(name="log", type="udp", socket=SOCKET).document()["spec"] == {
        "type": "udp",
        "socket": {"host": "127.0.0.1", "port": 514},
    }
    assert Handler(name="all", type="set", handlers=("a", "b")).document()["spec"] == {
        "type": "set",
        "handlers": ["a", "b"],
    }
