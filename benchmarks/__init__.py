"""Benchmarks of the promises in docs/background/performance.md, next to the alternatives, in one run.

`python -m benchmarks` prints tables. Compare ratios, never milliseconds of two machines.
"""
