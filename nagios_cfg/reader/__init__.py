"""An existing configuration of Nagios as Nagios itself understands it: files, templates, groups, services on hosts.

`read` takes a main file, folders, or the file in which Nagios keeps its expanded objects.
"""

from nagios_cfg.reader.config_text import CannotRead, Raw
from nagios_cfg.reader.live import Contact, Live, LiveHost, LiveService, read, read_texts

__all__ = ["CannotRead", "Contact", "Live", "LiveHost", "LiveService", "Raw", "read", "read_texts"]
