"""Tests of literal words of handlers and hooks, which pass `sh`, and for hooks also tokens, unchanged."""

import subprocess
import sys
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

import sensu
from checkwright.registry.plan import Hook, Role
from checkwright.testing.sensu_agent import token_data
from checkwright.testing.sensu_tokens import substitute
from sensu import Handler as HandlerResource
from sensu import HookConfig
from tests.sensu.plans import at, entry
from tests.sensu.test_routing import handler, routed

#: Text with a meaning for a shell or a template, and any other that a program accepts.
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8) | st.sampled_from(
    (
        "$(id)",
        "`id`",
        "a; rm x",
        "'",
        '"',
        "\\",
        "{{ .name }}",
        "{{{{",
        "}}",
        "$HOME",
        "*",
        "~",
        "#",
        "-n",
        "A=b",
        "",
        "\n",
    )
)
ECHO = ("import sys, os; sys.stdout.buffer.write(b'\\0'.join(os.fsencode(w) for w in sys.argv[1:]))",)
AGENT = {"metadata": {"name": "web-1"}, "spec": {}}


def heard(command: str) -> list[str]:
    done = subprocess.run(["sh", "-c", command.encode()], capture_output=True, timeout=60, check=True)
    return done.stdout.decode().split("\0")


@settings(max_examples=40, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=5))
def test_words_arrive_unchanged(words: list[str]) -> None:
    argv = (sys.executable, "-SEc", *ECHO, *words)
    role = Role(
        name="web",
        owner="payments",
        hosts=("web-1", "web-2"),
        hooks=(Hook(name="h", command=argv, on=("ok",), timeout=9, origin=at(1)),),
        origin=at(15),
    )
    made = replace(routed(entry(hooks=("h",)), handlers=(handler(command=argv),)), roles=(role,))
    resources = sensu.render(made)
    (config,) = (one for one in resources if isinstance(one, HookConfig))
    (own,) = (one for one in resources if isinstance(one, HandlerResource) and one.name == "pager")
    assert heard(own.command) == words
    assert heard(str(substitute(config.command, token_data(AGENT)))) == words
