"""Tests of plans as JSON."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkwright.registry import plan
from checkwright.registry.plan import Plan
from checkwright.registry.plan_json import PlanError, dumps, loads

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
ORIGIN = st.builds(plan.Origin, TEXT, st.integers(1, 99))
WORD = st.lists(st.one_of(TEXT, st.builds(plan.Placeholder, TEXT)), max_size=3).map(tuple)


def several(what: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(what, max_size=2).map(tuple)


HOOK = st.builds(plan.Hook, name=TEXT, command=several(TEXT), on=several(TEXT), timeout=st.integers(), origin=ORIGIN)
HANDLER = st.builds(
    plan.Handler,
    name=TEXT,
    command=several(TEXT),
    env=several(st.tuples(TEXT, TEXT)),
    timeout=st.integers(),
    origin=ORIGIN,
)
PLANS = st.builds(
    Plan,
    version=st.just(plan.PLAN_VERSION),
    project=TEXT,
    environment=TEXT,
    site=st.builds(plan.Site, check=TEXT, project=TEXT, nrpe_port=st.integers()),
    teams=several(
        st.builds(
            plan.Team,
            name=TEXT,
            email=TEXT,
            escalations=several(st.builds(plan.Escalation, st.integers(), TEXT)),
            origin=ORIGIN,
        )
    ),
    roles=several(st.builds(plan.Role, name=TEXT, owner=TEXT, hosts=several(TEXT), hooks=several(HOOK), origin=ORIGIN)),
    routes=st.none()
    | st.builds(
        plan.Routes,
        page=several(TEXT),
        handlers=several(HANDLER),
        flapping=st.tuples(st.integers(), st.integers()),
        origin=ORIGIN,
    ),
    hosts=several(
        st.builds(plan.Host, name=TEXT, address=TEXT, labels=st.dictionaries(TEXT, TEXT, max_size=2), origin=ORIGIN)
    ),
    hours=several(
        st.builds(plan.Hours, name=TEXT, times=several(st.tuples(TEXT, TEXT)), origin=ORIGIN, without=several(TEXT))
    ),
    entries=several(
        st.builds(
            plan.Entry,
            id=TEXT,
            name=TEXT,
            role=TEXT,
            command=several(WORD),
            env=several(st.tuples(TEXT, TEXT)),
            secrets=several(st.builds(plan.Secret, TEXT, st.sampled_from(["env", "file"]), TEXT)),
            limits=several(
                st.builds(
                    plan.Limit,
                    TEXT,
                    TEXT,
                    st.none() | TEXT,
                    st.none() | TEXT,
                    st.just("watch"),
                    ORIGIN,
                    unit=TEXT,
                    label=TEXT,
                    until=TEXT,
                )
            ),
            settings=several(st.builds(plan.Setting, TEXT, TEXT, st.just("override"), ORIGIN, TEXT)),
            owner=TEXT,
            why=several(TEXT),
            origin=ORIGIN,
            hosts=several(TEXT),
            hooks=several(TEXT),
        )
    ),
    checks=several(
        st.builds(
            plan.Check,
            name=TEXT,
            family=TEXT,
            text=TEXT,
            gauges=several(st.builds(plan.Gauge, name=TEXT, label=TEXT, unit=TEXT, warn=st.none() | TEXT)),
            verdicts=several(st.builds(plan.Verdict, name=TEXT, label=TEXT, ok=several(TEXT), crit=several(TEXT))),
            origin=ORIGIN,
        )
    ),
    overrides=several(
        st.builds(
            plan.Override,
            scope=TEXT,
            changes=several(TEXT),
            teams=several(TEXT),
            why=TEXT,
            until=TEXT,
            origin=ORIGIN,
        )
    ),
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(PLANS)
def test_plan_is_equal_after_writing_and_reading(whole: Plan) -> None:
    text = dumps(whole)
    assert loads(text) == whole
    assert dumps(loads(text)) == text


ENTRY = {
    "id": "web:disk",
    "name": "disk",
    "role": "web",
    "command": [["check"], ["-H", {"placeholder": "address"}]],
    "owner": "ops",
    "origin": {"file": "shop/fleet/a.py", "line": 3},
    "hosts": ["web-1"],
}
SOUND = {"version": 2, "project": "shop", "environment": "qa", "site": {}, "entries": [ENTRY]}


def test_omitted_field_has_its_default() -> None:
    (entry,) = loads(json.dumps(SOUND)).entries
    assert (entry.interval, entry.command[1]) == (60, ("-H", plan.Placeholder("address")))


DAMAGED: dict[str, tuple[str, str]] = {
    "nothing": ("", "this is not a plan: "),
    "half": (json.dumps(SOUND)[:80], "this is not a plan: "),
    "very deep": ("[" * 100_000, "this is not a plan: "),
    "a list": ("[]", "this is not a plan: it is not an object with a version"),
    "another object": ("{}", "this is not a plan: it is not an object with a version"),
    "newer": (json.dumps(SOUND | {"version": 3}), "this plan has version 3, and this checkwright reads 2: update it"),
    "older": (json.dumps(SOUND | {"version": 1}), "this plan has version 1, and this checkwright reads 2: build it"),
    "a version in words": (json.dumps(SOUND | {"version": "1"}), "this plan has version '1'"),
    "a version that is true": (json.dumps(SOUND | {"version": True}), "this plan has version True"),
    "no project": (
        json.dumps({key: value for key, value in SOUND.items() if key != "project"}),
        "this plan is damaged: plan has no project",
    ),
    "more than a plan has": (
        json.dumps(SOUND | {"colour": 1}),
        "this plan is damaged: plan has 'colour', which does not belong in a plan",
    ),
    "an interval in words": (
        json.dumps(SOUND | {"entries": [ENTRY | {"interval": "1m"}]}),
        'this plan is damaged: plan.entries[0].interval must be a whole number, not "1m"',
    ),
    "a number that is true": (
        json.dumps(SOUND | {"entries": [ENTRY | {"attempts": True}]}),
        "plan.entries[0].attempts must be a whole number, not true",
    ),
    "a word that is no choice": (
        json.dumps(SOUND | {"entries": [ENTRY | {"notify": "loud"}]}),
        'plan.entries[0].notify must be one of page, office-hours, ticket, nobody, not "loud"',
    ),
    "a command of one text": (
        json.dumps(SOUND | {"entries": [ENTRY | {"command": "check disk"}]}),
        "plan.entries[0].command must be a list",
    ),
    "a part that is a number": (
        json.dumps(SOUND | {"entries": [ENTRY | {"command": [["check", 5]]}]}),
        'plan.entries[0].command[0][1] must be text or {"placeholder": NAME}, not 5',
    ),
    "half a pair": (
        json.dumps(SOUND | {"entries": [ENTRY | {"env": [["LC_ALL"]]}]}),
        "plan.entries[0].env[0] must be a list of 2",
    ),
    "a site that is a list": (json.dumps(SOUND | {"site": []}), "plan.site must be an object, not []"),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_damaged_plan_is_one_sentence(what: str) -> None:
    text, sentence = DAMAGED[what]
    with pytest.raises(PlanError) as refused:
        loads(text)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
