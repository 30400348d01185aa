"""SQL for Amazon Athena (Trino) that counts access logs of Application Load Balancers where they are, in S3.

The table is the one that Amazon's documentation creates, with its names of columns. The query names endpoints by the
declared routes alone, with expressions that Trino's regular expressions and RE2 read alike.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from checkwright.core.errors import BadUsage, CannotDo
from checkwright.latency.counts import NO_ROUTE
from checkwright.latency.url_routes import declared_expressions

#: Columns of the result, in their order.
COLUMNS = ("at_minute", "endpoint", "answer", "server_ms", "total_ms", "requests")
#: Endpoint of lines that are no requests, such as those of broken connections.
NO_REQUEST = "(no request)"
#: Bytes that Athena takes as one query.
_MOST = 262_144

_QUERY = """\
-- Counts of requests for checkctl latency athena --result. Run it in Amazon Athena and download the result as CSV.
WITH lines AS (
  SELECT
    "time" AS moment,
    request_creation_time AS created,
    coalesce(CAST(elb_status_code AS varchar), '-') AS status,
    request_verb || ' ' || request_url AS request,
    request_processing_time AS before_target,
    target_processing_time AS in_target,
    response_processing_time AS after_target
  FROM {table}
  WHERE {where}
),
named AS (
  SELECT
    moment, created, status, before_target, in_target, after_target,
    before_target >= 0 AND in_target >= 0 AND after_target >= 0 AS is_timed,
    CASE
      WHEN status IN ('499', '460', '504', '-1', '000', '-', '0') THEN 'cut'
      WHEN substr(status, 1, 1) IN ('1', '2') THEN '2xx'
      WHEN substr(status, 1, 1) IN ('3', '4', '5') THEN substr(status, 1, 1) || 'xx'
      ELSE 'cut'
    END AS answer,
    CASE
{routes}
      WHEN regexp_like(request, '^[A-Z][A-Z-]{{0,19}} (?:https?://|/|[*])') THEN '{no_route}'
      ELSE '{no_request}'
    END AS endpoint
  FROM lines
),
timed AS (
  SELECT
    substr(moment, 1, 16) AS at_minute,
    endpoint,
    CASE WHEN NOT is_timed AND answer = '5xx' THEN 'cut' ELSE answer END AS answer,
    CASE
      WHEN {without_time} THEN NULL
      WHEN is_timed THEN CAST(round(before_target * 1000) + round(in_target * 1000) AS bigint)
      WHEN answer IN ('cut', '5xx') THEN greatest(0, {reached})
    END AS server_ms,
    CASE
      WHEN {without_time} THEN NULL
      WHEN is_timed
      THEN CAST(round(before_target * 1000) + round(in_target * 1000) + round(after_target * 1000) AS bigint)
      WHEN answer IN ('cut', '5xx') THEN greatest(0, {reached})
    END AS total_ms
  FROM named
)
SELECT at_minute, endpoint, answer, server_ms, total_ms, count(*) AS requests
FROM timed
GROUP BY at_minute, endpoint, answer, server_ms, total_ms
"""
#: Milliseconds from the creation of a request to the time of its line. The parts of a millisecond are computed by
#: hand, since Trino's date_diff has no microseconds.
_REACHED = (
    "CAST(round(date_diff('millisecond', {created}, {moment})"
    " + (coalesce(TRY_CAST(substr(moment, 24, 3) AS integer), 0)"
    " - coalesce(TRY_CAST(substr(created, 24, 3) AS integer), 0)) / 1000.0) AS bigint)"
)
_MOMENT = "TRY_CAST(replace(replace(substr({column}, 1, 23), 'T', ' '), 'Z', '') AS timestamp)"


@dataclass(frozen=True, slots=True)
class Selection:
    """Lines to count.

    table: `TABLE` or `DATABASE.TABLE`. day: one day in UTC, None for everything that the table has. partition: column
    with the day as yyyy/MM/dd that partitions the table, "" for none. load_balancer: as in the column `elb`, such as
    app/shop/50dc6c495c0c9188, "" for all.
    """

    table: str = "alb_access_logs"
    day: date | None = None
    partition: str = ""
    load_balancer: str = ""


def athena_query(selection: Selection, routes: Sequence[str], without_time: Sequence[str] = ()) -> str:
    """Return the query that counts the requests to declared routes.

    routes: `METHOD /path` lines. without_time: those whose times do not count. Its rows have the columns COLUMNS:
    minute in UTC (empty for lines that the table could not read), endpoint, class, milliseconds of the server and in
    total (empty without), and their number.
    Raises BadUsage for names that are no names of a table or column, CannotDo if Athena refuses the length.
    """
    reached = _REACHED.format(created=_MOMENT.format(column="created"), moment=_MOMENT.format(column="moment"))
    untimed = "status = '101'"
    if without_time:
        untimed = f"(status = '101' OR endpoint IN ({', '.join(map(_text, without_time))}))"
    query = _QUERY.format(
        table=_names("--table", selection.table, most=3),
        where=_where(selection),
        routes="\n".join(
            f"      WHEN regexp_like(request, {_text(expression)}) THEN {_text(name)}"
            for name, expression in declared_expressions(routes)
        ),
        no_route=NO_ROUTE,
        no_request=NO_REQUEST,
        without_time=untimed,
        reached=reached,
    )
    size = len(query.encode())
    if size > _MOST:
        raise CannotDo(f"The query has {size:,} bytes, and Athena takes {_MOST:,}: declare fewer routes.")
    return query


def _where(selection: Selection) -> str:
    """Return the condition for the selected lines.

    The table has NULL in all columns of a line that it cannot read, so only the partition dates it.
    """
    day, partition = selection.day, ""
    readable, unreadable = [], ['"time" IS NULL']
    if selection.partition:
        if day is None:
            raise BadUsage("--partition needs --day: it is the column that holds the day")
        column = _names("--partition", selection.partition, most=1)
        first, second = f"{day:%Y/%m/%d}", f"{day + timedelta(days=1):%Y/%m/%d}"
        # The last lines of a day are in a file that S3 gets after midnight.
        partition = f"{column} IN ('{first}', '{second}')"
        unreadable.append(f"{column} = '{first}'")
    if day is not None:
        readable += [f"\"time\" >= '{day}'", f"\"time\" < '{day + timedelta(days=1)}'"]
    if selection.load_balancer:
        readable.append(f"elb = {_text(selection.load_balancer)}")
    if not readable:
        return "true"
    lines = " AND ".join(readable)
    if day is None or partition:
        lines = f"({lines} OR {' AND '.join(unreadable)})"
    return f"{partition} AND {lines}" if partition else lines


def _names(option: str, text: str, *, most: int) -> str:
    names = text.split(".")
    if len(names) > most or not all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,127}", name) for name in names):
        kind = "a column" if most == 1 else "a table, such as alb_access_logs or logs.alb_access_logs"
        raise BadUsage(f"{option} is the name of {kind}, and not {text!r}")
    return ".".join(f'"{name}"' for name in names)


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
