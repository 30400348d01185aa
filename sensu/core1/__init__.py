"""Generator of Sensu Core 1.x definitions from a plan, and validator of such files.

`check(plan)` returns what Sensu Core cannot express, and `render(plan)` the definitions. `files` returns them as the
JSON files of `/etc/sensu/conf.d`, and `validate_files` checks such files. Nothing here reads or writes files, or uses
the network.
"""

from sensu.core1.conf_d import files
from sensu.core1.definitions import Check, Client, Invalid
from sensu.core1.render import Definitions, check, render
from sensu.core1.validate import validate_files

__all__ = ["Check", "Client", "Definitions", "Invalid", "check", "files", "render", "validate_files"]
