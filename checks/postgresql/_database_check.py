"""Base class of the checks of PostgreSQL: its address and login."""

from checkwright.core.options import option
from checkwright.sources.server_check import ServerCheck
from checkwright.sources.server_login import ServerLogin


class DatabaseCheck(ServerCheck):
    """Options of a check that logs in to PostgreSQL."""

    host: str = option(
        "Server, HOST[:PORT] with port 5432 by default, or the path or folder of its socket",
        flags="-H --host",
        default="/var/run/postgresql",
    )
    user: str = option("Role to log in as; by default the user that runs the check", flags="-u --user", default="")
    database: str = option("Database to connect to", flags="-d --database", default="postgres")

    def login(self, database: str = "", host: str = "") -> ServerLogin:
        """Return the server and the account, by default with the database of `--database`."""
        return super().login(database or self.database, host)
