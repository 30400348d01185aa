"""Monitoring of an online shop, in the layout that every project has.

`fleet/` declares what is monitored: environments.py and one file for each team. `plugins/` holds the
shop's own checks and `tests/` their tests. `inventory/` lists the hosts of production. `services.py`
imitates the shop on a developer's machine, so that the checks have something to check.
"""
