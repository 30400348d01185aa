"""Core: how a check is declared, parsed, run and reported, and the program `check`.

Nagios starts a process for each check, so the start is paid thousands of times an hour. Three rules
keep a small check at half the time of a nagiosplugin script (docs/background/performance.md has the numbers):

- Modules that a check loads when it starts import none of typing, dataclasses, enum, pathlib, json,
  logging, argparse and subprocess. Together these cost 6 to 13 ms, which is as much as the rest of a
  check. Types are imported under TYPE_CHECKING, classes with `__slots__` take the place of dataclasses,
  and a heavy module is imported in the function that needs it. tests/test_architecture.py enforces this.
- nagiosplugin is loaded in parts, see `checkwright.core.domain`.
- The command line has its own parser, see `checkwright.core.argv`.

None of this matters to a check that loads requests or boto3, and no check has to follow these rules.
"""
