"""Snapshot of the machines in an answer, next to the inventory. `checkctl coverage` reads it.

    {
      "format": "checkwright-facts-1",
      "source": "puppetdb",                     kind: puppetdb, ec2, command
      "file": "inventory/production.csv",       the inventory of the same pull
      "as_of": "2026-11-29T06:47:00Z",          time of the newest facts
      "machines": [                             all that the source named, sorted by id
        {
          "id": "web-1.example.com",            certname, instance id, or the id of a command
          "name": "web-1",                      "" if it has none
          "address": "10.0.0.11",               "" if it has none
          "key": "i-0a1b2c3d",                  its name in another source, "" if the source declares no key
          "roles": ["linux", "web"],            empty for ignored machines
          "ignored": "",                        the reason of Ignored(why=...)
          "listening": [{"port": 443, "program": "nginx"}]
        }
      ],
      "classes": {"Nginx": 12}                  classes of Puppet, with the number of machines that have each
    }

The file of `inventory/production.csv` is `inventory/production.facts.json`. It holds neither the time of the pull nor
anything that differs between equal answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from checkwright.inventory.host_rows import Mapped
from checkwright.inventory.records import Answer, Record, Unusable, lookup, text_of
from checkwright.registry.model.inventory_sources import InventorySource, PuppetDb
from checkwright.registry.model.inventory_values import Value

FORMAT = "checkwright-facts-1"


@dataclass(frozen=True, slots=True)
class Listening:
    """A port on which a program listens. program: "" if it is not known."""

    port: int
    program: str = ""


@dataclass(frozen=True, slots=True)
class KnownMachine:
    """A machine that a source named. See the module for the fields."""

    id: str
    name: str = ""
    address: str = ""
    key: str = ""
    roles: tuple[str, ...] = ()
    ignored: str = ""
    listening: tuple[Listening, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """A snapshot. as_of: in ISO 8601, UTC."""

    source: str
    file: str
    as_of: str
    machines: tuple[KnownMachine, ...] = ()
    classes: Mapping[str, int] | None = None


class FactsError(Exception):
    """A file that is no snapshot of this version: one sentence."""


def facts_path(inventory: str) -> str:
    """Return the path of the snapshot next to an inventory."""
    return inventory.removesuffix(".csv") + ".facts.json"


def facts_of(source: InventorySource, answer: Answer, mapped: Mapped) -> Facts:
    """Return the snapshot of an answer."""
    roles = {row.id: row.roles for row in mapped.rows}
    key = source.key if isinstance(source, PuppetDb) else None
    listening = source.listening if isinstance(source, PuppetDb) else None
    machines = [
        KnownMachine(
            id=record.id,
            name=_text(record, source.name),
            address=_text(record, source.address),
            key=_text(record, key) if key else "",
            roles=roles.get(record.id, ()),
            ignored=mapped.ignored.get(record.id, ""),
            listening=tuple(_ports(lookup(record, listening))) if listening else (),
        )
        for record in answer.records
    ]
    return Facts(
        source.kind,
        source.file,
        f"{answer.as_of:%Y-%m-%dT%H:%M:%SZ}",
        tuple(sorted(machines, key=lambda machine: machine.id)),
        dict(sorted(answer.counts.items())),
    )


def dumps_facts(facts: Facts) -> str:
    """Return the text of a snapshot: equal for equal answers, one machine a line."""
    machines = ",\n".join("  " + _json(asdict(machine)) for machine in facts.machines)
    head = {"format": FORMAT, "source": facts.source, "file": facts.file, "as_of": facts.as_of}
    begin = _json(head)[1:-1]
    classes = _json(facts.classes or {})
    return f'{{{begin},\n"machines": [\n{machines}\n],\n"classes": {classes}}}\n'


def _json(value: object) -> str:
    """Return JSON whose text a reviewer sees as it is: characters that nobody can see are escapes."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(value)


def loads_facts(text: str) -> Facts:
    """Return the snapshot in a file. Raises FactsError."""
    try:
        found = json.loads(text)
        if found["format"] != FORMAT:
            raise FactsError(f"the snapshot has the format {found['format']!r}, not {FORMAT}: pull it again")
        return Facts(
            found["source"],
            found["file"],
            found["as_of"],
            tuple(
                KnownMachine(
                    **{
                        **machine,
                        "roles": tuple(machine["roles"]),
                        "listening": tuple(Listening(**one) for one in machine["listening"]),
                    }
                )
                for machine in found["machines"]
            ),
            found["classes"],
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise FactsError("the snapshot is damaged: pull it again") from None


def _text(record: Record, value: Value) -> str:
    try:
        return text_of(record, value)
    except Unusable:
        return ""


def _ports(found: Any) -> Iterable[Listening]:
    """Return ports of a fact: a list of numbers, of objects with `port`, or an object of programs by port."""
    if isinstance(found, Mapping):
        found = [{"port": port, "program": program} for port, program in found.items()]
    ports = set()
    for one in found if isinstance(found, list) else ():
        port, program = (one.get("port"), one.get("program", "")) if isinstance(one, Mapping) else (one, "")
        digits = str(port)
        if digits.isdecimal() and len(digits) <= 5 and 0 < int(digits) < 65_536:
            ports.add((int(digits), program if isinstance(program, str) else ""))
    return [Listening(port, program) for port, program in sorted(ports)]
