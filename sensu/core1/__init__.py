"""Sensu Core 1.x definitions from a plan, and a validator for anybody's.

`check(plan)` says what stands in the way, `render(plan)` gives definitions, `files` writes them as the JSON
files of `/etc/sensu/conf.d`, `validate_files` judges such files. Nothing here touches a file or the network.
"""

from sensu.core1.conf_d import files
from sensu.core1.definitions import Check, Client, Invalid
from sensu.core1.render import Definitions, check, render
from sensu.core1.validate import validate_files

__all__ = ["Check", "Client", "Definitions", "Invalid", "check", "files", "render", "validate_files"]
