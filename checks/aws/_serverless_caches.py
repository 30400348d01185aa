"""Serverless caches of ElastiCache: the metrics that they publish, and their limits."""

from checks.aws.source import CloudMetric, Points, Series

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    Found = Mapping[tuple[Series, str], Points]

_NAMESPACE, _DIMENSION = "AWS/ElastiCache", "clusterId"
_STORED, _UNITS = "BytesUsedForCache", "ElastiCacheProcessingUnits"
_METRICS = {_STORED: "Maximum", _UNITS: "Sum", "ThrottledCmds": "Sum", "Evictions": "Sum", "CurrConnections": "Average"}
_GAUGES = {_STORED: "stored", "ThrottledCmds": "throttled", "CurrConnections": "connections"}
_HITS, _MEMCACHED_HITS = ("CacheHits", "CacheMisses"), ("GetHits", "GetMisses")
#: AWS does not say if its GB is 1000³ or 1024³ bytes. The smaller one warns earlier.
_GB = 1000**3


def serverless_metrics(option: str, period: int) -> "Iterator[CloudMetric]":
    """Yield the declarations of the metrics of the caches that an option names."""
    dims = {_DIMENSION: f"{{{option}}}"}
    for metric, stat in _METRICS.items():
        gauges = {stat: _GAUGES[metric]} if metric in _GAUGES else {}
        yield CloudMetric(_NAMESPACE, metric, dims, stat, period=period, gauges=gauges, when=(option,))
    for names, only in ((_HITS, "Redis and Valkey"), (_MEMCACHED_HITS, "Memcached")):
        for metric in names:
            yield CloudMetric(
                _NAMESPACE, metric, dims, "Sum", period=period, when=(option, "hit_rate"), only=f"serverless {only}"
            )


class ServerlessCache:
    """One serverless cache, as AWS describes it. period, back: seconds of a datapoint, and to look back."""

    def __init__(self, name: str, about: "Mapping[str, Any]", period: int, back: int, with_hits: bool) -> None:
        self.item = name
        self._limits: Mapping[str, Any] = about.get("CacheUsageLimits", {})
        self._hits = _MEMCACHED_HITS if about.get("Engine") == "memcached" else _HITS
        self._series = {
            metric: Series(
                _NAMESPACE,
                metric,
                {_DIMENSION: name},
                stat,
                period=period,
                back=back,
                settle=60 if stat == "Sum" else 0,
            )
            for metric, stat in {**_METRICS, **(dict.fromkeys(self._hits, "Sum") if with_hits else {})}.items()
        }

    def series(self) -> list[Series]:
        return list(self._series.values())

    def stored(self, found: "Found") -> float | None:
        """Return the bytes stored, None without a datapoint."""
        return self._newest(_STORED, found)

    def stored_share(self, found: "Found") -> float | None:
        """Return the bytes stored in percent of the cache's limit, None without a limit."""
        most, stored = self._limits.get("DataStorage", {}).get("Maximum"), self.stored(found)
        return 100 * stored / (most * _GB) if most and stored is not None else None

    def units_share(self, found: "Found") -> float | None:
        """Return the processing units in percent of the cache's limit, None without a limit."""
        most, units = self._limits.get("ECPUPerSecond", {}).get("Maximum"), self.count(_UNITS, found)
        return 100 * units / self._series[_UNITS].period / most if most and units is not None else None

    def connections(self, found: "Found") -> float | None:
        return self._newest("CurrConnections", found)

    def count(self, metric: str, found: "Found") -> float | None:
        """Return the count of a period: 0 if CloudWatch leaves it out, None if it has no data about the cache."""
        value = self._newest(metric, found)
        return 0 if value is None and self.stored(found) is not None else value

    def hit_share(self, found: "Found") -> float | None:
        """Return the reads that found their key in percent, None without reads."""
        hits, lost = (self._newest(metric, found) or 0 for metric in self._hits)
        return 100 * hits / (hits + lost) if hits + lost else None

    def _newest(self, metric: str, found: "Found") -> float | None:
        series = self._series[metric]
        return found[series, series.stats[0]].newest()
