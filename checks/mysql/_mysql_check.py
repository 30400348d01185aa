"""Base class of the checks of MySQL: its address and login."""

from checks.mysql._mysql_session import MysqlLogin
from checkwright.core.options import option
from checkwright.sources.server_check import ServerCheck


class MysqlCheck(ServerCheck):
    """Options of a check that logs in to MySQL or MariaDB."""

    host: str = ServerCheck.host_option("/run/mysqld/mysqld.sock", "3306")
    user: str = option("Account to log in with; by default the user that runs the check", flags="-u --user", default="")

    def login(self, database: str = "") -> MysqlLogin:
        """Return the server and the account."""
        return MysqlLogin(self.host, user=self.user, password=self.password, database=database, tls=self.tls_options())
