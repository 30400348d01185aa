"""Base class of the checks of PostgreSQL: its address and login."""

from checks.postgresql._session import Login
from checkwright.core.options import option
from checkwright.sources.server_check import ServerCheck


class DatabaseCheck(ServerCheck):
    """Options of a check that logs in to PostgreSQL."""

    host: str = option(
        "Server, HOST[:PORT] with port 5432 by default, or the path or folder of its socket",
        flags="-H --host",
        default="/var/run/postgresql",
    )
    user: str = option("Role to log in as; by default the user that runs the check", flags="-u --user", default="")
    database: str = option("Database to connect to", flags="-d --database", default="postgres")

    def login(self) -> Login:
        """Return the server and the account."""
        return Login(self.host, user=self.user, password=self.password, database=self.database, tls=self.tls_options())
