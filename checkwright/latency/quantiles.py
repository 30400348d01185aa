"""Times of requests as whole milliseconds with their counts, and quantiles of them by exact rank.

A table of times is a plain dict, `{milliseconds: requests}`. Below 1,000 ms a time is exact; above it has three
digits, so it is at most 0.5 % off. No sketch is used: log buckets save little space and cost 1 % of error.
"""

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Confidence of `lower_bound`.
SURE = 0.95
#: Largest time and count that `decode` takes: more would not fit a float exactly.
_LARGEST = 1 << 53


def rounded(milliseconds: int) -> int:
    """Return a time as tables hold it: exact below 1,000 ms, otherwise three digits, at least 0."""
    if milliseconds < 1_000:
        return max(0, milliseconds)
    step = 10
    while milliseconds >= 1_000 * step:
        step *= 10
    return (milliseconds + step // 2) // step * step


def total(times: "Mapping[int, int]") -> int:
    """Return the number of requests in a table."""
    return sum(times.values())


def added(tables: "Iterable[Mapping[int, int]]") -> dict[int, int]:
    """Return the sum of several tables as a new one."""
    found: dict[int, int] = {}
    for times in tables:
        for milliseconds, count in times.items():
            found[milliseconds] = found.get(milliseconds, 0) + count
    return found


def spent(times: "Mapping[int, int]") -> int:
    """Return the sum of all times in milliseconds."""
    return sum(milliseconds * count for milliseconds, count in times.items())


def slower(times: "Mapping[int, int]", milliseconds: float) -> int:
    """Return the number of requests that took longer than `milliseconds`."""
    return sum(count for one, count in times.items() if one > milliseconds)


def at_rank(times: "Mapping[int, int]", rank: int) -> int:
    """Return the time at a rank of the sorted requests, 1 for the fastest. Raises IndexError beyond the last."""
    seen = 0
    for milliseconds in sorted(times):
        seen += times[milliseconds]
        if rank <= seen:
            return milliseconds
    raise IndexError(rank)


def percentile(times: "Mapping[int, int]", share: float) -> int:
    """Return the time within that `share` of the requests were served, by nearest rank: 0.99 for the p99.

    Raises IndexError for an empty table.
    """
    count = total(times)
    # 1 - share has rounding errors of its own: 0.99 * 100 is 99, and math.ceil(0.07 * 100) would be 8.
    return at_rank(times, max(1, math.ceil(round(share * count, 6))))


def lower_bound(times: "Mapping[int, int]", share: float, sure: float = SURE) -> int | None:
    """Return a time that the true percentile exceeds with the probability `sure`; None with too few requests.

    The time at the highest rank k for that P(Binomial(n, share) >= k) is at least `sure`: exact, and free of any
    assumption on how the times are distributed. A p99 of 20 requests is the second slowest, of 300 the sixth slowest.
    """
    count = total(times)
    rank = count - _most_above(count, 1 - share, sure)
    return at_rank(times, rank) if rank >= 1 else None


def _most_above(count: int, share: float, sure: float) -> int:
    """Return the least number j for that at most j of `count` requests are above the percentile, `sure`ly."""
    if count == 0:
        return 0
    odds = share / (1 - share)
    # Sums begin at the most likely number: (1 - share) ** count is 0 in floating point from 75,000 requests on.
    mode = min(count, int((count + 1) * share))
    likely = math.exp(
        math.lgamma(count + 1)
        - math.lgamma(mode + 1)
        - math.lgamma(count - mode + 1)
        + mode * math.log(share)
        + (count - mode) * math.log1p(-share)
    )
    below, term = likely, likely
    for above in range(mode, 0, -1):
        term *= above / ((count - above + 1) * odds)
        below += term
        if term < below * 1e-17:
            break
    above, term = mode, likely
    if below >= sure:
        while above > 0 and below - term >= sure:
            below -= term
            term *= above / ((count - above + 1) * odds)
            above -= 1
        return above
    while below < sure and above < count:
        term *= (count - above) * odds / (above + 1)
        above += 1
        below += term
    return above


def encode(times: "Mapping[int, int]") -> list[int]:
    """Return a table as `[gap, count, gap, count, ...]`, each gap to the time before it. Compresses well."""
    flat: list[int] = []
    last = 0
    for milliseconds in sorted(times):
        flat += (milliseconds - last, times[milliseconds])
        last = milliseconds
    return flat


def decode(flat: "Iterable[int]") -> dict[int, int]:
    """Return the table that `encode` wrote. Raises ValueError for anything else."""
    times: dict[int, int] = {}
    numbers = iter(flat)
    milliseconds = 0
    for gap in numbers:
        count = next(numbers, None)
        if type(gap) is not int or type(count) is not int or gap < 0 or count < 1 or (gap == 0 and times):
            raise ValueError(f"{gap!r}, {count!r} is not a gap in milliseconds and a count")
        milliseconds += gap
        if milliseconds > _LARGEST or count > _LARGEST:
            raise ValueError(f"a gap or a count is larger than {_LARGEST}")
        times[milliseconds] = count
    return times
