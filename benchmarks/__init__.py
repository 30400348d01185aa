"""What docs/performance.md promises, measured side by side with the alternatives, in one run.

`python -m benchmarks` prints tables. Ratios are compared, never milliseconds of two machines.
"""
