"""Queries for values that `Site(perfdata=...)` and the batch have stored, in the language of each store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from checkwright.batch.exposition import metric_name
from checkwright.batch.measured_values import source_of
from checkwright.batch.sinks.graphite import PREFIX, path_part
from checkwright.registry.plan import Entry, Gauge

Target = dict[str, Any]
_COUNTER = "c"
_DAY = 86_400


class Store(ABC):
    """One kind of store. kind: its name, and the type of its data source in Grafana."""

    kind: str

    @abstractmethod
    def gauge(self, environment: str, entry: Entry, gauge: Gauge) -> list[Target]:
        """Return the targets of a gauge for the hosts in the variable `host`, a series for each item."""

    @abstractmethod
    def plugin(self, environment: str, entry: Entry) -> list[Target]:
        """Return the targets of all values of a foreign plugin."""

    @abstractmethod
    def states(self, environment: str, role: str, watches: Sequence[str]) -> list[Target]:
        """Return the targets of the states of a role's watches, 0 to 3."""

    def host_value(self, host: str) -> str:
        """Return a host's name as the store has it."""
        return host

    def scale(self, gauge: Gauge) -> float:
        """Return how many of the store's units are one of the gauge's."""
        return 1


class Prometheus(Store):
    kind = "prometheus"

    def gauge(self, environment: str, entry: Entry, gauge: Gauge) -> list[Target]:
        # Units other than these have no ending, and are none in performance data either.
        unit = gauge.unit if gauge.unit in ("s", "%", "c", "B") else ""
        series = f"{metric_name(entry.check, gauge.name, unit)}{_labels(watch=entry.name)}"
        return [_prometheus(_rate(series, gauge), "{{host}} {{item}}")]

    def plugin(self, environment: str, entry: Entry) -> list[Target]:
        labels = f'{{__name__=~"check_plugin_value.*",host=~"$host",watch={_quoted(entry.name)}}}'
        return [_prometheus(labels, "{{host}} {{label}}")]

    def states(self, environment: str, role: str, watches: Sequence[str]) -> list[Target]:
        labels = f'{{environment={_quoted(environment)},role={_quoted(role)},host=~"$host"}}'
        return [_prometheus(f"check_state{labels}", "{{host}} {{watch}}")]

    def scale(self, gauge: Gauge) -> float:
        return _DAY if gauge.unit == "days" else 1


class InfluxDb(Store):
    kind = "influxdb"

    def gauge(self, environment: str, entry: Entry, gauge: Gauge) -> list[Target]:
        value = 'mean("value")'
        if gauge.unit == _COUNTER:
            value = 'non_negative_derivative(mean("value"), 1s)'
        where = {"environment": environment, "gauge": gauge.name, "watch": entry.name}
        return [_influx(value, source_of(entry), where, ("host", "item"))]

    def plugin(self, environment: str, entry: Entry) -> list[Target]:
        where = {"environment": environment, "watch": entry.name}
        return [_influx('mean("value")', source_of(entry), where, ("host", "gauge"))]

    def states(self, environment: str, role: str, watches: Sequence[str]) -> list[Target]:
        where = {"environment": environment, "role": role}
        return [_influx('max("state")', "check_state", where, ("host", "watch"))]


class Graphite(Store):
    kind = "graphite"

    def gauge(self, environment: str, entry: Entry, gauge: Gauge) -> list[Target]:
        path = f"{self._place(environment)}.{path_part(entry.name)}.{path_part(gauge.name)}"
        found = [f"aliasByNode({_per_second(path, gauge)}, 2)", f"aliasByNode({_per_second(f'{path}.*', gauge)}, 2, 5)"]
        return [{"target": target} for target in found]

    def plugin(self, environment: str, entry: Entry) -> list[Target]:
        path = f"{self._place(environment)}.{path_part(entry.name)}.*"
        return [{"target": f"aliasByNode(exclude({path}, '\\._(state|seconds)$'), 2, 4)"}]

    def states(self, environment: str, role: str, watches: Sequence[str]) -> list[Target]:
        names = ",".join(path_part(watch) for watch in watches)
        return [{"target": f"aliasByNode({self._place(environment)}.{{{names}}}._state, 2, 3)"}]

    def host_value(self, host: str) -> str:
        return path_part(host)

    def _place(self, environment: str) -> str:
        return f"{PREFIX}.{path_part(environment)}.${{host:glob}}"


STORES: dict[str, Store] = {store.kind: store for store in (Prometheus(), InfluxDb(), Graphite())}


def _prometheus(expression: str, legend: str) -> Target:
    return {"expr": expression, "legendFormat": legend}


def _labels(*, watch: str) -> str:
    return f'{{host=~"$host",watch={_quoted(watch)}}}'


def _rate(series: str, gauge: Gauge) -> str:
    return f"rate({series}[$__rate_interval])" if gauge.unit == _COUNTER else series


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _influx(value: str, measurement: str, where: dict[str, str], tags: tuple[str, str]) -> Target:
    terms = [f'"{name}" = {_influx_text(text)}' for name, text in where.items()]
    terms += ['"host" =~ /^${host:regex}$/', "$timeFilter"]
    groups = ", ".join(("time($__interval)", *(f'"{tag}"' for tag in tags)))
    name = measurement.replace("\\", "\\\\").replace('"', '\\"')
    # Grafana runs this, with names of the plan that are quoted above.
    query = f'SELECT {value} FROM "{name}" WHERE {" AND ".join(terms)} GROUP BY {groups} fill(none)'  # noqa: S608
    alias = " ".join(f"$tag_{tag}" for tag in tags)
    return {"query": query, "rawQuery": True, "resultFormat": "time_series", "alias": alias}


def _influx_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _per_second(path: str, gauge: Gauge) -> str:
    return f"perSecond({path})" if gauge.unit == _COUNTER else path
