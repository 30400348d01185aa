"""p99 of each endpoint of an nginx log with DuckDB: one regular expression, and numbers in paths replaced."""

import sys

import duckdb

LINE = r'"([A-Z]+) (/[^ ?]*)[^"]*" (\d+) .* urt="([\d.]+)"$'
QUERY = r"""
with fields as (
    select regexp_extract(line, $pattern, ['method', 'path', 'status', 'time']) as field
    from read_csv($file, columns = {'line': 'varchar'}, delim = chr(1), quote = '', escape = '', header = false)
)
select field.method || ' ' || regexp_replace(field.path, '[0-9a-f-]{6,}|\d+', '{x}', 'g') as name,
       count(*) as requests, quantile_disc(try_cast(field.time as double), 0.99) as p99
from fields where field.time <> '' group by name order by requests desc limit 30
"""
print(duckdb.execute(QUERY, {"pattern": LINE, "file": sys.argv[1]}).fetchall())
