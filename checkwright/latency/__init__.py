"""Latency from access logs: log formats, names of endpoints, and counts that add up over time and machines.

`counts` and `counts_file` are the interface between a run of `check api_latency`, `checkctl latency count`, the
report and the SLO. `quantiles` computes with the times of one cell.
"""
