"""Pulls: records become rows, absent hosts stay or go, and files are equal for equal answers."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.core.as_of import AsOf
from checkwright.inventory.facts_file import FactsError, Listening, dumps_facts, loads_facts
from checkwright.inventory.guards import Accepted
from checkwright.inventory.host_rows import HostRow, map_records, read_rows, write_rows
from checkwright.inventory.pull import Pulled, pull
from checkwright.inventory.records import Answer, CannotPull, Record
from checkwright.registry.model import (
    Always,
    ByClass,
    ByName,
    ByValue,
    Certname,
    Ec2,
    Fact,
    Ignored,
    PuppetDb,
    Role,
    Tag,
    Team,
    Trusted,
)
from checkwright.registry.model.inventory_sources import InventorySource

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
OWNER = Team("ops", email="ops@example.com")
LINUX, WEB, REDIS, DATABASE = (Role(name, owner=OWNER) for name in ("linux", "web", "redis", "database"))
SOURCE = PuppetDb(
    file="inventory/live.csv",
    name=Fact("host"),
    roles=(
        Always(LINUX),
        ByValue(Trusted("pp_role"), {"web": WEB, "db": DATABASE, "scratch": Ignored(why="no service runs there")}),
        ByClass("Redis", REDIS),
        ByName("db-*", DATABASE),
    ),
    labels={"port": Fact("port", default="8443"), "kind": "metal", "zone": Fact("zone")},
    pool=ByValue(Fact("dc"), {"aws": "aws"}),
    parents=Fact("gateways"),
    listening=Fact("ports"),
    key=Fact("id"),
)


def record(
    name: str, role: str | None = "web", *, address: str = "", classes: tuple[str, ...] = (), **facts: Any
) -> Record:
    number = sum(map(ord, name)) % 250
    values = {
        "certname": f"{name}.example.com",
        "facts.host": name,
        "facts.networking.ip": address or f"10.0.{len(name)}.{number}",
        "trusted.extensions.pp_role": role,
        **{f"facts.{key}": value for key, value in facts.items()},
    }
    return Record(values["certname"], values, NOW - timedelta(minutes=5), frozenset(classes))


def answer(*records: Record, **more: Any) -> Answer:
    return Answer(records, NOW, **more)


def test_mappings_add_up_and_values_become_text() -> None:
    found = map_records(
        SOURCE,
        answer(
            record("web-1", classes=("Redis",), port=9000, dc="aws", zone=None, gateways="gw-1  gw-2"),
            record("db-1", None),
            record("old", "scratch"),
            record("cache", "scratch", classes=("Redis",)),
        ),
    )
    assert found.problems == {}
    assert found.ignored == {"old.example.com": "no service runs there"}
    web, database, cache = found.rows
    assert (web.roles, web.labels, web.pool, web.parents) == (
        ("linux", "redis", "web"),
        {"port": "9000", "kind": "metal"},
        "aws",
        "gw-1 gw-2",
    )
    assert (database.roles, database.labels["port"], database.pool) == (("database", "linux"), "8443", "")
    assert cache.roles == ("linux", "redis")  # a role that a mapping gives outweighs Ignored


PROBLEMS: dict[str, tuple[Record, str]] = {
    "no role": (record("a", "mail"), "no mapping gives it a role (Trusted('pp_role') is 'mail')"),
    "no value": (record("a", None), "no mapping gives it a role (Trusted('pp_role') is '')"),
    "no name": (record("a", host=None), "it has no name: Fact('host') is missing"),
    "no address": (
        Record("a", {"facts.host": "a", "trusted.extensions.pp_role": "web"}, NOW),
        "it has no address: Fact('networking.ip') is missing",
    ),
    "address of two": (record("a", address="10.0.0.1 10.0.0.2"), "which is no address"),
    "bad name": (record("web 1"), "the name 'web 1' is not a name"),
    "list": (record("a", zone=["x"]), "Fact('zone') is a list, not text"),
    "structure": (record("a", port={"x": 1}), "Fact('port') is a structure, not text"),
}


@pytest.mark.parametrize("problem", PROBLEMS)
def test_machine_that_cannot_become_a_host_is_a_refusal(problem: str) -> None:
    one, sentence = PROBLEMS[problem]
    done = pull(SOURCE, answer(record("web-9"), one), None, NOW)
    assert [refusal.guard for refusal in done.refusals] == ["mapping"]
    assert sentence in done.refusals[0].message


def test_role_for_every_machine_suffices_where_no_other_mapping_exists() -> None:
    found = map_records(PuppetDb(file="a.csv", name=Fact("host"), roles=(Always(LINUX),)), answer(record("a", None)))
    assert [row.roles for row in found.rows] == [("linux",)]


def first(*names: str) -> str:
    return pull(SOURCE, answer(*map(record, names)), None, NOW - timedelta(days=1)).content


FIVE = ("web-1", "web-2", "web-3", "web-4", "web-5")


def again(
    names: tuple[str, ...], old: str, now: datetime = NOW, accepted: Accepted | None = None, **more: Any
) -> Pulled:
    return pull(SOURCE, replace(answer(*map(record, names)), **more), old, now, accepted)


def test_equal_answers_make_equal_files() -> None:
    assert first("web-1", "web-2") == first("web-2", "web-1")
    assert first("b", "a").splitlines()[:3] == [
        "# checkctl inventory pull: puppetdb, 2 of 2, facts as of 2026-11-29T11:55:00Z",
        "name,address,roles,parents,pool,id,missing_since,label.kind,label.port",
        "a,10.0.1.97,linux web,,,a.example.com,,metal,8443",
    ]


def test_absent_host_stays_until_it_is_missing_long_enough_and_twice() -> None:
    one = again(FIVE[:4], first(*FIVE))
    assert (one.refusals, one.missing, one.gone) == ((), ("web-5",), {})
    assert ",2026-11-29T12:00:00Z," in one.content
    early = again(FIVE[:4], one.content, NOW + timedelta(minutes=119))
    assert (early.missing, early.gone, early.content) == (("web-5",), {}, one.content)
    late = again(FIVE[:4], early.content, NOW + timedelta(hours=2), Accepted(stale="a test"))
    assert (late.missing, late.gone) == ((), {"web-5": "missing since 2026-11-29 12:00"})
    assert "web-5" not in late.content


def test_host_that_comes_back_is_no_longer_missing() -> None:
    one = again(FIVE[:4], first(*FIVE))
    assert again(FIVE, one.content).content == first(*FIVE)


GONE: dict[str, tuple[dict[str, Any], str]] = {
    "evidence": ({"gone": {"web-5.example.com": "deactivated 2026-11-28"}}, "deactivated 2026-11-28"),
    "complete listing": ({"complete": True}, "not in the complete listing"),
    "ignored": (
        {"records": (*map(record, FIVE[:4]), record("web-5", "scratch"))},
        "ignored: no service runs there",
    ),
    "address": (
        {"records": (*map(record, FIVE[:4]), record("new", address=f"10.0.5.{sum(map(ord, 'web-5')) % 250}"))},
        "its address is now that of new",
    ),
    "renamed": (
        {"records": (*map(record, FIVE[:4]), replace(record("new"), id="web-5.example.com"))},
        "renamed",
    ),
}


@pytest.mark.parametrize("evidence", GONE)
def test_host_goes_at_once_with_evidence(evidence: str) -> None:
    more, why = GONE[evidence]
    done = again(FIVE[:4], first(*FIVE), **more)
    assert (done.refusals, done.gone, done.missing) == ((), {"web-5": why}, ())


def test_machine_whose_mapping_broke_stays() -> None:
    """The pull is refused anyhow; no complete listing says that it is gone."""
    done = again((), first(*FIVE), records=(*map(record, FIVE[:4]), record("web-5", "mail")), complete=True)
    assert (done.gone, done.missing, [one.guard for one in done.refusals]) == ({}, ("web-5",), ["mapping"])


def test_empty_answer_is_refused() -> None:
    (refusal,) = pull(SOURCE, answer(), None, NOW).refusals
    assert refusal.message == "the source names no machine that becomes a host"
    assert {one.guard for one in again((), first(*FIVE)).refusals} == {"names", "roles"}


def test_slow_loss_cannot_hide_behind_hosts_that_are_missing() -> None:
    """Hosts that an earlier pull marked as missing do not count as present."""
    names = tuple(f"web-{number}" for number in range(6))
    one = again(names[:4], first(*names))
    assert one.refusals == ()
    two = again(names[:2], one.content)
    assert [refusal.accept for refusal in two.refusals] == ["--accept-role linux", "--accept-role web"]


def test_members_of_groups_are_compared_by_role_only() -> None:
    """A deployment replaces all of them."""
    source = Ec2(file="a.csv", regions=("eu-west-1",), roles=(ByValue(Tag("service"), {"web": WEB}),), churn=True)

    def instances(*ids: str) -> Answer:
        records = [
            Record(id, {"name_and_id": id, "PrivateIpAddress": f"10.0.0.{id[2:]}", "tags": {"service": "web"}}, NOW)
            for id in ids
        ]
        return Answer(tuple(records), NOW, complete=True)

    old = pull(source, instances("i-1", "i-2", "i-3", "i-4"), None, NOW).content
    done = pull(source, instances("i-5", "i-6", "i-7", "i-8"), old, NOW)
    assert (done.refusals, len(done.gone)) == ((), 4)
    fewer = pull(source, instances("i-5", "i-6"), old, NOW)
    assert [refusal.accept for refusal in fewer.refusals] == ["--accept-role web"]


WORD = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs")), max_size=8)


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9-]{0,6}", fullmatch=True), st.tuples(WORD, WORD), max_size=6))
def test_rows_are_read_as_they_were_written(found: dict[str, tuple[str, str]]) -> None:
    rows = tuple(
        HostRow(name, address, ("a", "b"), "gw", "pool", {"x": label} if label else {}, name, NOW)
        for name, (address, label) in sorted(found.items())
    )
    header = AsOf("puppetdb", len(rows), 9, NOW)
    read, back = read_rows(write_rows(rows, header), "a.csv")
    assert back == rows
    assert str(read) == str(header)


@pytest.mark.parametrize(
    "text",
    [
        "name,address\na\n",
        "name,address\na,b,c\n",
        'name\n"a\n',
        "name,missing_since\na,yesterday\n",
        "address\n10.0.0.1\n",
        "# checkctl inventory pull: x\nname\n",
    ],
)
def test_damaged_file_is_never_replaced_without_a_person(text: str) -> None:
    with pytest.raises(CannotPull, match=r"^inventory/live.csv cannot be read: .*\. Correct it, or remove it"):
        pull(SOURCE, answer(record("a")), text, NOW)


PORTS: dict[str, tuple[Any, tuple[Listening, ...]]] = {
    "numbers": ([443, "22", 0, 70000, "x", 443], (Listening(22), Listening(443))),
    "objects": ([{"port": 443, "program": "nginx"}, {"program": "x"}], (Listening(443, "nginx"),)),
    "programs by port": ({"22": "sshd"}, (Listening(22, "sshd"),)),
    "nothing": (None, ()),
    "text": ("443", ()),
}


@pytest.mark.parametrize("form", PORTS)
def test_snapshot_holds_ports_and_keys(form: str) -> None:
    fact, ports = PORTS[form]
    source: InventorySource = SOURCE
    counts: Mapping[str, int] = {"Redis": 1, "Nginx": 2}
    done = pull(source, answer(record("web-1", ports=fact, id="i-1"), record("x", "scratch"), counts=counts), None, NOW)
    text = dumps_facts(done.facts)
    facts = loads_facts(text)
    assert facts == done.facts
    assert dumps_facts(facts) == text
    web, ignored = facts.machines
    assert (web.name, web.key, web.roles, web.listening) == ("web-1", "i-1", ("linux", "web"), ports)
    assert (ignored.roles, ignored.ignored) == ((), "no service runs there")
    assert (facts.as_of, facts.classes) == ("2026-11-29T11:55:00Z", {"Nginx": 2, "Redis": 1})


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "checkwright-facts-1", "machines": [{}]}', "[" * 100_000])
def test_damaged_snapshot_is_one_sentence(text: str) -> None:
    with pytest.raises(FactsError, match=r"^the snapshot is damaged: pull it again$"):
        loads_facts(text)


def test_snapshot_of_another_version_is_refused() -> None:
    with pytest.raises(FactsError, match="the snapshot has the format 'checkwright-facts-9'"):
        loads_facts('{"format": "checkwright-facts-9"}')


def test_name_of_the_certificate_is_the_default() -> None:
    assert isinstance(PuppetDb(file="a.csv", roles=(Always(LINUX),)).name, Certname)
