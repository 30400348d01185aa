"""Reader of any configuration of Nagios, with templates resolved and services expanded onto their hosts.

`read` accepts main files, folders, object files, or the file where Nagios keeps its expanded objects. Use it for
configurations that others wrote. `cfgfile.loads` reads files that `render` made.
"""

from nagios_cfg.reader.config_files import Copied
from nagios_cfg.reader.config_text import CannotRead, RawObject
from nagios_cfg.reader.live import Contact, Live, LiveHost, LiveService, read, read_texts

__all__ = ["CannotRead", "Contact", "Copied", "Live", "LiveHost", "LiveService", "RawObject", "read", "read_texts"]
