"""Watches of several environments side by side, as data for the terminal, for JSON and for pages.

`parity_of` returns a `Parity`: one `Column` for each environment, one `Row` for each watch of each role, and in a row
one `Cell` for each column. Each cell is compared with the values of the role, not with another environment, so an
exception of production shows in the column of production only. An override of everything in an environment is in
`Column.wide`, once, and not in the cells.

    parity = parity_of(load("shop"), ["staging", "production"])
    for row in parity.rows:
        for column, cell in zip(parity.columns, row.cells, strict=True):
            print(row.id, column.environment, cell.kind, [str(one) for one in cell.differences])
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from checkwright.registry.plan import Origin
from checkwright.registry.value_effects import Effect

#: same: as the role says. differs: values of its own, or switched off on some hosts. off: switched off on all hosts.
#: unhosted: the environment has the role, but no host of it. lacking: the environment has no such role.
CellKind = Literal["same", "differs", "off", "unhosted", "lacking"]
Kind = Literal["threshold", "words", "setting", "option"]

#: Words for each kind of cell.
KIND_WORDS: dict[CellKind, str] = {
    "same": "as the role says",
    "differs": "own values",
    "off": "switched off",
    "unhosted": "no host has the role",
    "lacking": "no such role",
}


@dataclass(frozen=True, slots=True)
class Cause:
    """Override that made a difference: its reason, its last day (`2027-03-01`, "" for none), the line of the value."""

    why: str
    until: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs from the role's.

    name: `pool warning`, `space of /srv critical`, `server MAINT`, `every`, `paths`. role, here: the two values as
    text for people. hosts: the hosts of the cell that have it, () for all. effect: see `Effect`.
    """

    kind: Kind
    name: str
    role: str
    here: str
    effect: Effect
    cause: Cause
    hosts: tuple[str, ...] = ()

    def __str__(self) -> str:
        effect = f" ({self.effect})" if self.effect else ""
        return f"{self.name} {self.role} -> {self.here}{effect}"


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """Override that switches a watch off. hosts: the hosts concerned, () for all of the cell."""

    cause: Cause
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One watch in one environment.

    differences, off: for kind "differs" and "off". why: the reason of `lacks=` for kind "lacking", "" for none.
    hosts: number of hosts where it runs; a watch with per="role" runs on one.
    """

    kind: CellKind
    hosts: int = 0
    differences: tuple[Difference, ...] = ()
    off: tuple[SwitchedOff, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One watch of a role. id: "role:watch". check: name of the check, or path of a plugin. cells: as the columns."""

    id: str
    role: str
    watch: str
    check: str
    owner: str
    origin: Origin
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Wide:
    """Override of everything in an environment.

    changes: such as ("every at least 5m", "notify nobody"). watches: number of the watches that it changes.
    """

    changes: tuple[str, ...]
    watches: int
    cause: Cause

    def sentence(self) -> str:
        """Return `every at least 5m, notify nobody: nobody is woken for staging`."""
        until = f" (until {self.cause.until})" if self.cause.until else ""
        return f"{', '.join(self.changes)}: {self.cause.why}{until}"


@dataclass(frozen=True, slots=True)
class Lacking:
    """Role that an environment declares to do without."""

    role: str
    why: str


@dataclass(frozen=True, slots=True)
class Column:
    """One environment. hosts: number of its machines. wide: overrides of everything, in order."""

    environment: str
    hosts: int
    wide: tuple[Wide, ...]
    lacks: tuple[Lacking, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Gap:
    """Role whose watches run in the reference and not in another environment, which gives no reason."""

    environment: str
    role: str
    watches: int
    origin: Origin  # of the environment


@dataclass(frozen=True, slots=True)
class Parity:
    """Watches of several environments. rows: by role and then as the role lists them."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def gaps(self, reference: str) -> tuple[Gap, ...]:
        """Return the roles that the reference environment watches and another one does not, without a reason.

        Raises ValueError if there is no column of that name.
        """
        at = [column.environment for column in self.columns].index(reference)
        found = []
        for position, column in enumerate(self.columns):
            excused = {one.role for one in column.lacks}
            watched: dict[str, int] = {}
            here: set[str] = set()
            for row in self.rows:
                if row.cells[at].kind not in ("unhosted", "lacking"):
                    watched[row.role] = watched.get(row.role, 0) + 1
                if row.cells[position].kind not in ("unhosted", "lacking"):
                    here.add(row.role)
            found += [
                Gap(column.environment, role, watches, column.origin)
                for role, watches in watched.items()
                if role not in here and role not in excused
            ]
        return tuple(found)
