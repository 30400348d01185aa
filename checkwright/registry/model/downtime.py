"""Downtimes that recur, which a timer on the Nagios server schedules."""

from __future__ import annotations

from checkwright.registry import recurrence
from checkwright.registry.model import settings
from checkwright.registry.model.base import Declaration, RegistryError, here, require_text
from checkwright.registry.model.override import require_hosts, require_role, scope_text
from checkwright.registry.model.role import Role

_LONGEST = 31 * 86_400


class Downtime(Declaration):
    """Downtime that recurs.

        Downtime("first sunday 02:00", "3h", role=database, why="backup of the whole cluster")

    when: days and the time of the beginning, "daily 02:00", "monday-friday 01:30", "first sunday 02:00" or
    "last friday 22:00" of the month, "day 1 04:00", "last day 23:00", or one date, "2027-03-06 22:00". Times are in the
    environment's time zone. length: "30m" to "31d", which passes by the clock even on a night when the time changes.
    role, watch, host: as those of an Override. Without a watch it covers the machines too, with all their services.
    why: the reason in one sentence. Raises RegistryError for an invalid value.
    """

    __slots__ = ("hosts", "length", "role", "watch", "when", "why")
    when: str
    length: int
    role: Role | None
    watch: str
    hosts: tuple[str, ...]
    why: str

    def __init__(
        self,
        when: str,
        length: str,
        *,
        why: str,
        role: Role | None = None,
        watch: str = "",
        host: str | tuple[str, ...] = (),
    ) -> None:
        origin = here(2)
        text = " ".join(require_text("Downtime: when", when, origin).lower().split())
        try:
            recurrence.parse(text)
        except ValueError as error:
            raise RegistryError(f"Downtime: {error}", origin) from None
        duration = settings.duration("Downtime: length", length, origin)
        if duration > _LONGEST:
            raise RegistryError('Downtime: it is longer than 31 days: use Override(notify="nobody")', origin)
        self._set(
            when=text,
            length=duration,
            role=require_role("Downtime", role, origin),
            watch=require_text("Downtime: watch", watch, origin),
            hosts=require_hosts("Downtime", host, origin),
            why=require_text("Downtime: why", why, origin).strip(),
            origin=origin,
        )

    def __repr__(self) -> str:
        return f"Downtime({self.when!r}, why={self.why!r})"

    def scope(self) -> str:
        """Return what it applies to: `role payments-api, watch disk, hosts web-*`, or `everything`."""
        return scope_text(self.role, self.watch, "", self.hosts)
