"""Report on latency: which call is slow, what got worse, and where time goes at the peak, from counts of requests.

`scopes` groups counts by environment and role, `build` computes all facts of a report, and `terminal`, `page` and
`as_json` show them. Equal input gives equal bytes.
"""
