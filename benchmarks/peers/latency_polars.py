"""p99 of each endpoint of an nginx log with polars: one regular expression, and numbers in paths replaced."""

import sys

import polars as pl  # type: ignore[import-not-found]

LINE = r'"(?P<method>[A-Z]+) (?P<path>/[^ ?]*)[^"]*" (?P<status>\d+) .* urt="(?P<time>[\d.]+)"$'
lines = pl.scan_csv(sys.argv[1], has_header=False, separator="\x01", quote_char=None, new_columns=["line"])
fields = lines.select(pl.col("line").str.extract_groups(LINE).alias("field")).unnest("field")
names = fields.with_columns(
    (pl.col("method") + " " + pl.col("path").str.replace_all(r"[0-9a-f-]{6,}|\d+", "{x}")).alias("name"),
    pl.col("time").cast(pl.Float64),
)
found = names.drop_nulls("time").group_by("name").agg(pl.len(), pl.col("time").quantile(0.99))
print(found.sort("len", descending=True).collect(engine="streaming").head(30))
