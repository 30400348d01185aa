"""One dashboard for each role of a plan: states of its watches, and each gauge with unit and thresholds.

The JSON is that of Grafana's dashboards, schema version 39. Equal plans give equal bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from checkwright.grafana.stores import Store, Target
from checkwright.grafana.threshold_steps import ranges_of, steps
from checkwright.registry.catalogue_links import role_path, watch_url
from checkwright.registry.plan import Check, Entry, Gauge, Plan, Role

#: Units of gauges in Grafana's words. A counter is drawn as its growth in a second.
_UNITS = {"": "short", "s": "s", "%": "percent", "B": "bytes", "B/s": "Bps", "/s": "ops", "c": "ops", "days": "d"}
_SCHEMA = 39
_UID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_WIDTH, _COLUMNS, _HEIGHT = 24, 3, 7
_STATES = (("OK", "green"), ("WARNING", "orange"), ("CRITICAL", "red"), ("UNKNOWN", "purple"))
_Json = dict[str, Any]


def dashboards(plan: Plan, store: Store) -> dict[str, str]:
    """Return {file name: JSON} of the dashboards of all roles with watches."""
    found = {}
    for role in plan.roles:
        entries = [entry for entry in plan.entries if entry.role == role.name and entry.hosts]
        if entries:
            made = _Dashboard(plan, store, role, entries).json()
            found[f"{role.name}.{plan.environment}.json"] = json.dumps(made, indent=2, ensure_ascii=False) + "\n"
    return found


@dataclass(frozen=True)
class _Watch:
    """Entries of one watch: the largest group of its hosts first."""

    entries: Sequence[Entry]

    @property
    def first(self) -> Entry:
        return self.entries[0]


class _Dashboard:
    def __init__(self, plan: Plan, store: Store, role: Role, entries: Sequence[Entry]) -> None:
        self._plan = plan
        self._store = store
        self._role = role
        by_name: dict[str, list[Entry]] = {}
        for entry in sorted(entries, key=lambda one: (one.name, one.variant)):
            by_name.setdefault(entry.name, []).append(entry)
        self._watches = {name: _Watch(found) for name, found in by_name.items()}
        self._hosts = sorted({host for entry in entries for host in entry.hosts})
        self._checks = {check.name: check for check in plan.checks}
        self._last_id = 0

    def json(self) -> _Json:
        role, plan = self._role, self._plan
        return {
            "uid": uid_of(plan.environment, role.name),
            "title": f"{role.name} in {plan.environment}",
            "description": f"{role.summary} Owner: {role.owner}.".strip(),
            "tags": ["checkwright", plan.project, plan.environment],
            "schemaVersion": _SCHEMA,
            "editable": True,
            "graphTooltip": 1,
            "timezone": "browser",
            "refresh": "1m",
            "time": {"from": "now-6h", "to": "now"},
            "links": [_link(title, url) for title, url in self._links(role.runbook)],
            "templating": {"list": [self._datasource_variable(), self._host_variable()]},
            "annotations": {"list": []},
            "panels": list(self._panels()),
        }

    def _links(self, runbook: str, watch: str = "") -> Iterator[tuple[str, str]]:
        if runbook:
            yield "Runbook", runbook
        base = self._plan.site.catalogue
        if base and watch:
            yield "Catalogue", watch_url(self._plan, self._role.name, watch)
        elif base:
            yield "Catalogue", f"{base}/{role_path(self._plan.environment, self._role.name)}"

    def _datasource_variable(self) -> _Json:
        return {
            "type": "datasource",
            "name": "source",
            "label": "Data source",
            "query": self._store.kind,
            "refresh": 1,
            "hide": 0,
        }

    def _host_variable(self) -> _Json:
        """Return the variable with the role's hosts. A text and a value are written `TEXT : VALUE`."""
        values = [self._store.host_value(host) for host in self._hosts]
        words = [
            host if host == value else f"{host} : {value}" for host, value in zip(self._hosts, values, strict=True)
        ]
        all_hosts = {"text": "All", "value": "$__all", "selected": True}
        return {
            "type": "custom",
            "name": "host",
            "label": "Host",
            "query": ",".join(words),
            "multi": True,
            "includeAll": True,
            "current": all_hosts,
            "options": [
                all_hosts,
                *(
                    {"text": host, "value": value, "selected": False}
                    for host, value in zip(self._hosts, values, strict=True)
                ),
            ],
            "hide": 0,
        }

    def _panels(self) -> Iterator[_Json]:
        targets = self._store.states(self._plan.environment, self._role.name, list(self._watches))
        yield self._states(targets)
        top = _HEIGHT
        for name, watch in self._watches.items():
            panels = list(self._gauges(watch))
            if not panels:
                continue
            yield {
                "type": "row",
                "id": self._next_id(),
                "title": name,
                "collapsed": False,
                "gridPos": {"x": 0, "y": top, "w": _WIDTH, "h": 1},
                "panels": [],
            }
            top += 1
            width = _WIDTH // _COLUMNS
            for number, panel in enumerate(panels):
                column, line = number % _COLUMNS, number // _COLUMNS
                yield panel | {"gridPos": {"x": column * width, "y": top + line * _HEIGHT, "w": width, "h": _HEIGHT}}
            top += ((len(panels) - 1) // _COLUMNS + 1) * _HEIGHT

    def _states(self, targets: list[Target]) -> _Json:
        options = {
            str(number): {"index": number, "text": text, "color": colour}
            for number, (text, colour) in enumerate(_STATES)
        }
        panel = self._panel("state-timeline", "States", targets, "Each watch of this role.", ())
        defaults = panel["fieldConfig"]["defaults"]
        defaults["mappings"] = [{"type": "value", "options": options}]
        defaults["thresholds"] = {
            "mode": "absolute",
            "steps": [{"value": number or None, "color": colour} for number, (_, colour) in enumerate(_STATES)],
        }
        panel["options"] = {"mergeValues": True, "showValue": "never", "legend": {"showLegend": False}}
        return panel | {"gridPos": {"x": 0, "y": 0, "w": _WIDTH, "h": _HEIGHT}}

    def _gauges(self, watch: _Watch) -> Iterator[_Json]:
        entry = watch.first
        check = self._checks.get(entry.check)
        environment = self._plan.environment
        links = tuple(self._links(entry.runbook, entry.name))
        if check is None:
            targets = self._store.plugin(environment, entry)
            yield self._time_series("Values", targets, entry.summary or entry.plugin, links, "short", [])
            return
        for gauge in check.gauges:
            targets = self._store.gauge(environment, entry, gauge)
            scale = self._store.scale(gauge)
            made = steps(*ranges_of(entry.limits, gauge.name), scale) if gauge.unit != "c" else []
            unit = "s" if scale != 1 else _UNITS.get(gauge.unit, f"suffix: {gauge.unit}")
            about = " ".join(_about(check, watch, gauge))
            yield self._time_series(gauge.label, targets, about, links, unit, made)

    def _time_series(
        self,
        title: str,
        targets: list[Target],
        about: str,
        links: Iterable[tuple[str, str]],
        unit: str,
        thresholds: list[_Json],
    ) -> _Json:
        panel = self._panel("timeseries", title, targets, about, links)
        defaults = panel["fieldConfig"]["defaults"]
        has_lines = len(thresholds) > 1
        defaults["unit"] = unit
        defaults["custom"] = {
            "lineWidth": 1,
            "fillOpacity": 0,
            "spanNulls": False,
            "thresholdsStyle": {"mode": "line" if has_lines else "off"},
        }
        defaults["thresholds"] = {
            "mode": "absolute",
            "steps": thresholds if has_lines else [{"value": None, "color": "green"}],
        }
        panel["options"] = {
            "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom", "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }
        return panel

    def _panel(
        self, kind: str, title: str, targets: list[Target], about: str, links: Iterable[tuple[str, str]]
    ) -> _Json:
        source = {"type": self._store.kind, "uid": "${source}"}
        return {
            "type": kind,
            "id": self._next_id(),
            "title": title,
            "description": about,
            "datasource": source,
            "links": [_link(text, url) for text, url in links],
            "targets": [
                {"refId": chr(ord("A") + number), "datasource": source, **target}
                for number, target in enumerate(targets)
            ],
            "fieldConfig": {"defaults": {"color": {"mode": "palette-classic"}}, "overrides": []},
        }

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id


def uid_of(environment: str, role: str) -> str:
    """Return the name of a dashboard in URLs, `production-web`, so that `Site(graphs=...)` can link to it.

    A name that Grafana does not take as it is becomes a checksum.
    """
    name = f"{environment}-{role}"
    if _UID.fullmatch(name):
        return name
    return f"cw-{hashlib.sha256(name.encode()).hexdigest()[:20]}"


def _about(check: Check, watch: _Watch, gauge: Gauge) -> Iterator[str]:
    """Yield sentences: the check, then the thresholds that the lines do not show."""
    if check.summary:
        yield check.summary
    for entry in watch.entries:
        where = f"On {', '.join(entry.hosts)}" if entry is not watch.first else ""
        seen = dict.fromkeys(limit.items for limit in entry.limits if limit.gauge == gauge.name)
        usual = ranges_of(watch.first.limits, gauge.name)
        for items in seen:
            found = ranges_of(entry.limits, gauge.name, items)
            if (entry is watch.first and not items) or (not items and found == usual):
                continue
            ends = [
                f"{name} {text}" for name, text in zip(("warning", "critical"), found, strict=True) if text is not None
            ]
            reasons = dict.fromkeys(
                limit.why for limit in entry.limits if (limit.gauge, limit.items) == (gauge.name, items) and limit.why
            )
            of_items = f" for {items}" if items else ""
            why = f" ({'; '.join(reasons)})" if reasons else ""
            yield f"{where or 'Otherwise'}{of_items}: {', '.join(ends) or 'no threshold'}{why}."


def _link(title: str, url: str) -> _Json:
    return {
        "type": "link",
        "title": title,
        "url": url,
        "icon": "doc",
        "tooltip": "",
        "tags": [],
        "asDropdown": False,
        "includeVars": False,
        "keepTime": False,
        "targetBlank": True,
    }
