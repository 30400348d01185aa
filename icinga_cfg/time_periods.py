"""TimePeriods: the registry's hours without holidays, and combinations with quiet hours."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry import holidays
from icinga_cfg.dsl import Object
from nagios_cfg import timeperiods
from nagios_cfg.names import ALWAYS, DAYS
from nagios_cfg.timeperiods import days_of

_WHOLE_DAY = "00:00-24:00"


class Periods(timeperiods.Periods):
    """TimePeriods of a plan. `name` registers a combination, and `objects` yields all registered ones."""

    def objects(self) -> Iterator[Object]:
        always = dict.fromkeys(DAYS, _WHOLE_DAY)
        yield Object("TimePeriod", self._names.hours(ALWAYS), {"display_name": "At all hours", "ranges": always})
        ranges, off = {ALWAYS: always}, {}
        for hours in self._plan.hours:
            ranges[hours.name] = days_of(hours.times)
            attributes: dict[str, object] = {"display_name": hours.name, "ranges": ranges[hours.name]}
            if hours.without:
                name = off[hours.name] = self._names.holidays(hours.name)
                days = {holidays.written(day): _WHOLE_DAY for day in holidays.expanded(hours.without)}
                yield Object("TimePeriod", name, {"ranges": days}, hours.origin)
                attributes |= {"excludes": (name,), "prefer_includes": False}
            yield Object("TimePeriod", self._names.hours(hours.name), attributes, hours.origin)
        for base, without in sorted(self._combinations):
            excludes = (*([off[base]] if base in off else []), *map(self._names.hours, without))
            attributes = {"ranges": ranges[base], "excludes": excludes, "prefer_includes": False}
            yield Object("TimePeriod", self._names.hours_without(base, without), attributes)
