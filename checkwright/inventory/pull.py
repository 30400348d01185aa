"""A pull: the answer of a source, the rows that it makes, and the guards' judgement. It writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from checkwright.core.as_of import AsOf
from checkwright.inventory import guards
from checkwright.inventory.facts_file import Facts, facts_of
from checkwright.inventory.guards import Accepted, Refusal
from checkwright.inventory.host_rows import HostRow, Mapped, map_records, read_rows, write_rows
from checkwright.inventory.records import Answer
from checkwright.registry.model.inventory_sources import Ec2, InventorySource

#: Asks a source. Raises CannotPull and IncompleteAnswer.
Ask = Callable[[InventorySource], Answer]


@dataclass(frozen=True, slots=True)
class Pulled:
    """Result of a pull.

    before, after: rows of the old and the new file. gone: names that leave the file, with the evidence. missing: names
    that the source no longer names, and that stay for now. content: text of the new file. refusals: if there are any,
    nothing may be written.
    """

    source: InventorySource
    before: tuple[HostRow, ...]
    after: tuple[HostRow, ...]
    gone: Mapping[str, str]
    missing: tuple[str, ...]
    content: str
    facts: Facts
    refusals: tuple[Refusal, ...]
    warnings: tuple[str, ...]
    ignored: int


def pull(
    source: InventorySource, answer: Answer, old: str | None, now: datetime, accepted: Accepted | None = None
) -> Pulled:
    """Compare an answer with the old file, whose text is `old`, None if there is none.

    Raises CannotPull for an old file that cannot be read.
    """
    accepted = accepted or Accepted()
    now = now.replace(microsecond=0)
    header, before = read_rows(old, source.file) if old is not None else (None, ())
    mapped = map_records(source, answer)
    kept, gone = _absent(source, answer, mapped, before, now)
    after = (*mapped.rows, *kept)
    present = [row for row in before if row.missing_since is None]
    churn = isinstance(source, Ec2) and source.churn
    stale, warnings = guards.fresh_guard(
        [record.changed for record in answer.records], now, header.time if header else None, accepted
    )
    refusals = [*guards.mapping_guard(mapped.problems, len(answer.records)), *stale]
    if not mapped.rows and not present:
        refusals.append(Refusal("names", "the source names no machine that becomes a host"))
    if churn:
        refusals += guards.identity_guard((), mapped.rows, accepted)
    else:
        refusals += guards.names_guard(present, mapped.rows, accepted)
        refusals += guards.changes_guard(present, mapped.rows, accepted)
        refusals += guards.identity_guard(present, mapped.rows, accepted)
    refusals += guards.roles_guard(present, mapped.rows, accepted)
    return Pulled(
        source=source,
        before=before,
        after=after,
        gone=gone,
        missing=tuple(row.name for row in kept),
        content=write_rows(after, AsOf(source.kind, len(after), len(answer.records), answer.as_of)),
        facts=facts_of(source, answer, mapped),
        refusals=tuple(refusals),
        warnings=(*answer.notes, *warnings),
        ignored=len(mapped.ignored),
    )


def _absent(
    source: InventorySource, answer: Answer, mapped: Mapped, before: tuple[HostRow, ...], now: datetime
) -> tuple[list[HostRow], dict[str, str]]:
    """Return the rows that stay although the source does not name them, and those that leave, with the evidence."""
    ids = {row.id for row in mapped.rows}
    names = {row.name for row in mapped.rows}
    addresses = {row.address: row.name for row in mapped.rows}
    kept: list[HostRow] = []
    gone: dict[str, str] = {}
    for row in before:
        if row.name in names:
            continue
        since = row.missing_since or now
        if row.id and row.id in ids:
            gone[row.name] = "renamed"
        elif row.id in answer.gone:
            gone[row.name] = answer.gone[row.id]
        elif row.id in mapped.ignored:
            gone[row.name] = f"ignored: {mapped.ignored[row.id]}"
        elif answer.complete and row.id not in mapped.problems:
            gone[row.name] = "not in the complete listing"
        elif row.address in addresses:
            gone[row.name] = f"its address is now that of {addresses[row.address]}"
        elif row.missing_since and now - since >= timedelta(seconds=source.gone_after):
            gone[row.name] = f"missing since {since:%Y-%m-%d %H:%M}"
        else:
            kept.append(replace(row, missing_since=since))
    return kept, gone
