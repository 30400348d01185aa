"""Quantiles of histograms, from the increase of their buckets."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def bound(text: str) -> float | None:
    """Return the upper bound of a bucket, its label `le`; None for other text."""
    try:
        found = float(text)
    except ValueError:
        return None
    return found if found == found else None


def quantile(part: float, buckets: "Mapping[float, float]") -> tuple[float | None, bool]:
    """Return a quantile, and whether it lies above the largest finite bound, which is returned then.

    part: 0.99 for the 99th percentile. buckets: observations up to each bound, which include those of smaller bounds.
    The value is interpolated within its bucket, as Prometheus does. None without observations or a finite bound.
    """
    bounds = sorted(buckets)
    finite = [one for one in bounds if one != float("inf")]
    if not finite or not buckets[bounds[-1]]:
        return None, False
    rank = part * buckets[bounds[-1]]
    below, seen = (0.0 if finite[0] > 0 else finite[0]), 0.0
    for upper in finite:
        # Scrapes are not atomic: a bucket may be behind a smaller one.
        count = max(seen, buckets[upper])
        if count >= rank and count > seen:
            return below + (upper - below) * max(0.0, rank - seen) / (count - seen), False
        below, seen = upper, count
    return finite[-1], True
