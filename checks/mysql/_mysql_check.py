"""Base class of the checks of MySQL: its address and login."""

from checkwright.core.options import option
from checkwright.sources.server_check import ServerCheck


class MysqlCheck(ServerCheck):
    """Options of a check that logs in to MySQL or MariaDB."""

    host: str = ServerCheck.host_option("/run/mysqld/mysqld.sock", "3306")
    user: str = option("Account to log in with; by default the user that runs the check", flags="-u --user", default="")
