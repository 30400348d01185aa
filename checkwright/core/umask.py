"""Umask of the programs that make files and folders."""

import os


def make_usable() -> None:
    """Change an unusable umask of this process, such as 0777 or 0, before it makes files.

    The owner can always use what the process makes; otherwise no later run could. Others can never write it, and where
    root makes it, neither can the group.
    """
    before = os.umask(0o077)
    os.umask(before & 0o077 | (0o022 if os.geteuid() == 0 else 0o002))
