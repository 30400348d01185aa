"""Answers with any JSON in any place: a pull refuses them in one sentence, or makes hosts of what is left."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from checkwright.inventory.ec2_answers import parse_instances
from checkwright.inventory.facts_file import dumps_facts, loads_facts
from checkwright.inventory.host_rows import read_rows
from checkwright.inventory.pull import pull
from checkwright.inventory.puppetdb_answers import parse_answer
from checkwright.inventory.records import Answer, CannotPull
from checkwright.registry.model import Always, Attribute, ByValue, Ec2, Role, Tag, Team
from checkwright.registry.model.inventory_sources import InventorySource
from tests.checkwright.inventory.conftest import RECORDED
from tests.checkwright.inventory.test_puppetdb import SOURCE

NOW = datetime(2026, 11, 30, 1, tzinfo=UTC)
WEB = Role("web", owner=Team("ops", email="ops@example.com"))
AWS = Ec2(
    file="aws.csv",
    regions=("eu-west-1",),
    roles=(Always(WEB), ByValue(Tag("service"), {"web": WEB})),
    labels={"zone": Attribute("Placement.AvailabilityZone")},
)
INSTANCES: list[Any] = [
    {
        "InstanceId": f"i-{number}",
        "State": {"Name": "running"},
        "PrivateIpAddress": f"10.0.0.{number}",
        "Placement": {"AvailabilityZone": "eu-west-1a"},
        "Tags": [{"Key": "service", "Value": "web"}, {"Key": "Name", "Value": "web"}],
    }
    for number in (1, 2)
]
PUPPET: dict[str, Any] = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in RECORDED.glob("*.json")}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all values in a document, without the document itself."""
    pairs = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [found for key, value in pairs for found in ((*path, key), *places(value, (*path, key)))]


def damaged(document: Any, data: st.DataObject) -> Any:
    """Return a copy with up to three values replaced or removed."""
    result = copy.deepcopy(document)
    for _ in range(data.draw(st.integers(1, 3))):
        *parents, last = data.draw(st.sampled_from(places(result) or [()])) or (None,)
        holder = result
        for key in parents:
            holder = holder[key]
        if last is None:
            break
        if data.draw(st.booleans()):
            holder[last] = data.draw(JSON)
        else:
            del holder[last]
    return result


def check(source: InventorySource, answer: Answer) -> None:
    """Pull an answer; what it would write can be read again."""
    done = pull(source, answer, None, NOW)
    if not done.refusals:
        _, rows = read_rows(done.content, source.file)
        assert {row.name for row in rows} == {row.name for row in done.after}
    assert loads_facts(dumps_facts(done.facts)) == done.facts


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damaged_answers_of_puppetdb(data: st.DataObject) -> None:
    found = damaged(PUPPET, data)
    rows = [found.get(name) for name in ("inventory", "resources", "nodes", "classes")]
    if all(isinstance(one, list) and all(isinstance(row, dict) for row in one) for one in rows):  # as the client checks
        try:
            answer = parse_answer(rows[0], rows[1], rows[2], rows[3], NOW)
        except CannotPull:
            return
        check(SOURCE, answer)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_hosts_of_ec2_with_odd_tags(data: st.DataObject) -> None:
    instances = copy.deepcopy(INSTANCES)
    for instance in instances:
        for tag in instance["Tags"]:
            tag["Value"] = data.draw(st.text(max_size=12))
        instance["PrivateIpAddress"] = data.draw(st.text(max_size=12))
    check(AWS, parse_instances(instances, False, NOW))
