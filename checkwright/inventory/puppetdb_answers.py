"""Answers of PuppetDB: machines with their facts, classes of their catalogs, and those that were deactivated."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from checkwright.core.text import clean
from checkwright.inventory.puppetdb_connection import PuppetDbClient
from checkwright.inventory.records import Answer, CannotPull, Record, utc
from checkwright.registry.model.inventory_mappings import ByClass
from checkwright.registry.model.inventory_sources import PuppetDb


def puppetdb_answer(source: PuppetDb, client: PuppetDbClient, now: datetime) -> Answer:
    """Ask for the machines of a source. One query is one snapshot, so none is paged.

    Raises CannotPull, IncompleteAnswer.
    """
    where = source.where.strip() or 'certname ~ "."'
    columns = sorted({value.path[0] for value in source.used_values()} - {"certname"})
    found = client.query(f"inventory[{', '.join(('certname', 'timestamp', *columns))}]{{ {where} }}")
    classes = _classes(source, client, where)
    inactive = client.query('nodes[certname, deactivated, expired]{ node_state = "inactive" }')
    below = f"certname in inventory[certname]{{ {where} }}"
    counts = client.query(
        f'resources[title, count()]{{ type = "Class" and {below} group by title }}',
        counted=False,
    )
    return parse_answer(found, classes, inactive, counts, now)


def _classes(source: PuppetDb, client: PuppetDbClient, where: str) -> list[dict[str, Any]]:
    """Return certname and title for each class that a mapping names."""
    titles = sorted({mapping.title for mapping in source.roles if isinstance(mapping, ByClass)})
    if not titles:
        return []
    listed = ", ".join(json.dumps(title) for title in titles)
    below = f"certname in inventory[certname]{{ {where} }}"
    return client.query(f'resources[certname, title]{{ type = "Class" and title in [{listed}] and {below} }}')


def parse_answer(
    found: Iterable[Mapping[str, Any]],
    classes: Iterable[Mapping[str, Any]],
    inactive: Iterable[Mapping[str, Any]],
    counts: Iterable[Mapping[str, Any]],
    now: datetime,
) -> Answer:
    """Return the answer in the rows of four queries. Raises CannotPull."""
    titles: dict[str, set[str]] = {}
    try:
        for row in classes:
            titles.setdefault(row["certname"], set()).add(row["title"])
        records = [
            Record(_name(row["certname"]), row, _moment(row["timestamp"]), frozenset(titles.get(row["certname"], ())))
            for row in found
        ]
        gone = {_name(row["certname"]): _evidence(row) for row in inactive}
        classes_of = {str(row["title"]): int(row["count"]) for row in counts}
    except (KeyError, TypeError, ValueError) as error:
        raise CannotPull(f"PuppetDB sends rows of another form: {clean(repr(error), 100)}") from None
    if len({record.id for record in records}) < len(records):
        raise CannotPull("PuppetDB names a machine twice: pull again")
    return Answer(tuple(records), now, gone, counts=classes_of)


def _name(certname: Any) -> str:
    if not isinstance(certname, str) or not certname:
        raise ValueError("certname")
    return certname


def _moment(text: Any) -> datetime:
    return utc(datetime.fromisoformat(text))


def _evidence(row: Mapping[str, Any]) -> str:
    for word in ("deactivated", "expired"):
        if row.get(word):
            return f"{word} {_moment(row[word]):%Y-%m-%d}"
    return "inactive"
