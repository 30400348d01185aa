"""Downtimes and acknowledgements as Nagios knows them, from status.dat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from checkwright.downtime.external_commands import Target
from checkwright.status import status_dat
from checkwright.status.observed import HOST_STATES, SERVICE_STATES, State
from checkwright.status.status_dat import Block

_ACKNOWLEDGEMENT = "4"
#: Fields that are read of the kinds with most blocks.
_FIELDS = {
    "hoststatus": ("host_name", "current_state", "problem_has_been_acknowledged"),
    "servicestatus": ("host_name", "service_description", "current_state", "problem_has_been_acknowledged"),
}


class Condition(NamedTuple):
    """Present state of a host or service."""

    state: State
    acknowledged: bool

    @property
    def is_problem(self) -> bool:
        return self.state not in ("OK", "UP")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """A downtime in Nagios. `duration` is 0 for a fixed one. Moments are seconds since 1970."""

    id: int
    target: Target
    author: str
    why: str
    start: int
    end: int
    duration: int
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Comment of an acknowledgement."""

    id: int
    target: Target
    author: str
    why: str
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NagiosState:
    """One status.dat. taken: moment of its data; started: moment of Nagios's last start or reload.

    acknowledgements: the newest comment for each object that is acknowledged now.
    """

    taken: int
    started: int
    conditions: Mapping[Target, Condition]
    downtimes: tuple[Scheduled, ...]
    acknowledgements: Mapping[Target, Remark]


def read(path: str) -> NagiosState:
    """Return the content of a status.dat. Raises Unreadable."""
    return parse(status_dat.text_of(path), path)


def parse(text: str, path: str = "status.dat") -> NagiosState:
    """Return the content of a status.dat. Raises Unreadable."""
    try:
        return _state(status_dat.read_blocks(text, path, _FIELDS))
    except (KeyError, ValueError, IndexError) as error:
        raise status_dat.damaged(error, path) from None


def _state(blocks: Mapping[str, list[Block]]) -> NagiosState:
    conditions: dict[Target, Condition] = {}
    for kind, states in (("hoststatus", HOST_STATES), ("servicestatus", SERVICE_STATES)):
        for block in blocks.get(kind, ()):
            acknowledged = block["problem_has_been_acknowledged"] == "1"
            conditions[_target(block)] = Condition(states[int(block["current_state"])], acknowledged)
    remarks: dict[Target, Remark] = {}
    for block in (*blocks.get("hostcomment", ()), *blocks.get("servicecomment", ())):
        target, id = _target(block), int(block["comment_id"])
        condition = conditions.get(target)
        older = remarks.get(target)
        if block["entry_type"] != _ACKNOWLEDGEMENT or condition is None or not condition.acknowledged:
            continue
        if older is None or id > older.id:
            remarks[target] = Remark(
                id=id,
                target=target,
                author=block["author"],
                why=block["comment_data"],
                since=int(block["entry_time"]),
            )
    return NagiosState(
        taken=int(blocks["info"][0]["created"]),
        started=int(blocks["programstatus"][0]["program_start"]),
        conditions=conditions,
        downtimes=tuple(map(_scheduled, (*blocks.get("hostdowntime", ()), *blocks.get("servicedowntime", ())))),
        acknowledgements=remarks,
    )


def _scheduled(block: Block) -> Scheduled:
    return Scheduled(
        id=int(block["downtime_id"]),
        target=_target(block),
        author=block["author"],
        why=block["comment"],
        start=int(block["start_time"]),
        end=int(block["end_time"]),
        duration=0 if block["fixed"] == "1" else int(block["duration"]),
        active=block["is_in_effect"] == "1",
    )


def _target(block: Block) -> Target:
    return Target(block["host_name"], block.get("service_description", ""))
