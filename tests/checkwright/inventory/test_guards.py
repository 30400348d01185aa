"""Guards, each at its limit, and the exactness of acknowledgements."""

from datetime import UTC, datetime, timedelta

import pytest

from checkwright.inventory import guards
from checkwright.inventory.guards import Accepted, Refusal
from checkwright.inventory.host_rows import HostRow

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def rows(count: int, *, role: str = "web", first: int = 0) -> list[HostRow]:
    return [
        HostRow(f"{role}-{number}", f"10.0.{number // 250}.{number % 250}", (role,), id=f"{role}{number}")
        for number in range(first, first + count)
    ]


def messages(found: list[Refusal]) -> list[str]:
    return [str(one) for one in found]


@pytest.mark.parametrize(
    ("total", "lost", "refused"), [(10, 3, False), (10, 4, True), (100, 5, False), (100, 6, True), (4, 4, True)]
)
def test_more_than_three_hosts_and_a_twentieth_may_not_go(total: int, lost: int, refused: bool) -> None:
    before = rows(total)
    found = guards.names_guard(before, before[lost:], Accepted())
    assert bool(found) == refused
    if refused:
        assert found[0].accept == f"--accept-lost {lost}"
        assert f"{lost} of {total} hosts are gone: web-0, web-1" in found[0].message


def test_hundred_hosts_for_a_hundred_others_are_refused() -> None:
    """Counts would be equal."""
    found = guards.names_guard(rows(100), rows(100, first=1000), Accepted())
    assert found[0].accept == "--accept-lost 100"


@pytest.mark.parametrize(("number", "accepted"), [(20, True), (19, False), (21, False), (0, False)])
def test_acknowledged_number_is_exact(number: int, accepted: bool) -> None:
    before = rows(40)
    found = guards.names_guard(before, before[20:], Accepted(lost=number))
    assert (found == []) == accepted
    if not accepted:
        assert messages(found) == [f"refused (names): --accept-lost {number} is not exact: 20 of 40 hosts are gone"]


def test_number_is_exact_where_no_guard_would_refuse() -> None:
    before = rows(40)
    assert guards.names_guard(before, before[1:], Accepted(lost=2)) != []
    assert guards.names_guard(before, before[1:], Accepted(lost=1)) == []


@pytest.mark.parametrize(
    ("had", "has", "refused"), [(1, 0, True), (2, 1, False), (2, 0, True), (3, 2, False), (4, 2, True), (5, 3, False)]
)
def test_role_may_lose_neither_its_last_host_nor_half(had: int, has: int, refused: bool) -> None:
    others = rows(200)
    databases = rows(had, role="database")
    found = guards.roles_guard([*others, *databases], [*others, *databases[:has]], Accepted())
    assert [one.accept for one in found] == (["--accept-role database"] if refused else [])


def test_role_is_accepted_by_its_name() -> None:
    before = [*rows(3), *rows(3, role="database")]
    assert guards.roles_guard(before, rows(3), Accepted(roles=("database",))) == []
    found = guards.roles_guard(before, rows(3), Accepted(roles=("web",)))
    assert messages(found) == [
        "refused (roles): the role database would have no host: it had database-0, database-1, database-2; "
        "if that is right, add --accept-role database",
        "refused (roles): --accept-role web is not exact: that role is not at risk",
    ]


def test_roles_that_fall_off_are_refused() -> None:
    before = rows(40)
    after = [*[HostRow(row.name, row.address, ("linux",), id=row.id) for row in before[:4]], *before[4:]]
    found = guards.changes_guard(before, after, Accepted())
    assert found[0].accept == "--accept-changed 4"
    assert guards.changes_guard(before, after, Accepted(changed=4)) == []
    assert guards.changes_guard(before, [*after[:3], *before[3:]], Accepted()) == []


def test_name_of_another_machine_is_refused() -> None:
    before = rows(2)
    after = [before[0], HostRow("web-1", "10.9.9.9", ("web",), id="other")]
    assert messages(guards.identity_guard(before, after, Accepted())) == [
        "refused (identity): web-1 was web1 (10.0.0.1) and is now other (10.9.9.9); "
        "if that is right, add --accept-identity web-1"
    ]
    assert guards.identity_guard(before, after, Accepted(names=("web-1",))) == []
    assert len(guards.identity_guard(before, before, Accepted(names=("web-1",)))) == 1


@pytest.mark.parametrize(
    "after",
    [
        HostRow("web-1", "10.9.9.9", ("web",), id="web1"),  # the same machine with another address
        HostRow("web-1", "10.0.0.1", ("web",), id="new"),  # a new certificate, or a new id of the command
    ],
)
def test_machine_that_keeps_its_id_or_its_address_is_the_same(after: HostRow) -> None:
    assert guards.identity_guard(rows(2), [rows(1)[0], after], Accepted()) == []


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (HostRow("web-0", "10.0.0.9", ("web",), id="b"), "b, web0 have the name web-0: correct the mapping"),
        (HostRow("web-9", "10.0.0.0", ("web",), id="b"), "web-0, web-9 have the address 10.0.0.0: correct the mapping"),
    ],
)
def test_shared_names_and_addresses_are_refused(second: HostRow, message: str) -> None:
    (found,) = guards.identity_guard((), [*rows(1), second], Accepted())
    assert (found.message, found.accept) == (message, "")


def hours(*ages: float) -> list[datetime]:
    return [NOW - timedelta(hours=age) for age in ages]


@pytest.mark.parametrize(
    ("ages", "refused", "warned"),
    [
        ((0.1, 30), False, True),  # the oldest quarter of two is one
        ((1.9, 5, 5, 5, 5), False, False),
        ((2.1, 5, 5, 5, 5), True, False),
        ((1, 1, 1, 1, 25), False, False),
        ((1, 1, 1, 25, 25), False, True),
        ((), False, False),
    ],
)
def test_age_of_facts(ages: tuple[float, ...], refused: bool, warned: bool) -> None:
    found, warnings = guards.fresh_guard(hours(*ages), NOW, None, Accepted())
    assert (bool(found), bool(warnings)) == (refused, warned)


def test_old_facts_are_accepted_with_a_reason() -> None:
    (refusal,), _ = guards.fresh_guard(hours(3.5), NOW, None, Accepted())
    assert str(refusal) == (
        "refused (fresh): the newest facts are 3h30m old (2026-11-29 08:30 UTC); if that is right, add --stale-ok WHY"
    )
    found, warnings = guards.fresh_guard(hours(3.5), NOW, None, Accepted(stale="the puppetserver is being moved"))
    assert (found, warnings) == ([], ["the newest facts are 3h30m old (2026-11-29 08:30 UTC)"])


def test_facts_older_than_those_of_the_file_are_refused() -> None:
    """A replica that is behind would take hosts away."""
    (refusal,), _ = guards.fresh_guard(hours(1), NOW, NOW, Accepted())
    assert refusal.message == "the newest facts are of 2026-11-29 11:00, older than those of the file"


def test_facts_of_the_future_prove_nothing() -> None:
    (refusal,), _ = guards.fresh_guard(hours(-24, -48), NOW, None, Accepted())
    assert refusal.message == "all facts are of the future, the first of 2026-11-30 12:00 UTC: correct the clocks"
    assert guards.fresh_guard(hours(-24), NOW, None, Accepted(stale="moved"))[0] == []
    found, warnings = guards.fresh_guard(hours(-24, 1), NOW, None, Accepted())
    assert (found, warnings) == ([], ["the facts of 1 of 2 machines are of the future, up to 2026-11-30 12:00 UTC"])
    assert guards.fresh_guard(hours(-0.1), NOW, None, Accepted()) == ([], [])


def test_file_of_the_future_does_not_refuse_every_pull_after_it() -> None:
    assert guards.fresh_guard(hours(1), NOW, NOW + timedelta(days=3650), Accepted()) == ([], [])


def test_problems_of_mappings_are_counted_together() -> None:
    found = guards.mapping_guard({"b": "no role", "a": "no role", "c": "no address"}, 7)
    assert messages(found) == [
        "refused (mapping): 2 of 7 machines: no role: a, b",
        "refused (mapping): 1 of 7 machines: no address: c",
    ]
