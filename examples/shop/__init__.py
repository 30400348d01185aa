"""An online shop: what it monitors, in the layout that every project has.

`fleet/` says what is watched where: environments.py and one file a team. `plugins/` holds the
shop's own checks and `tests/` their tests; `inventory/` lists production's hosts. `services.py`
plays the shop on a developer's machine, so that its checks have something to look at.
"""
