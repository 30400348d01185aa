"""Sites: paths and accounts on an environment's machines."""

from __future__ import annotations

import re

from checkwright.core.secret import Secret
from checkwright.registry.model.base import (
    Declaration,
    RegistryError,
    here,
    require_absolute,
    require_one_of,
    require_text,
    short_repr,
)
from checkwright.registry.model.performance_data import require_login, require_place
from checkwright.registry.model.settings import Engine, HostTransport, account_name

#: Without quotes, and without dollars, which begin a macro of Nagios.
_GRAPHS = re.compile(r"https?://(?:[A-Za-z0-9\[\]._~:/?#@!&()*+,=%;-]|\{(?:host|watch|role|environment)\})+")
#: A folder, so without a query. Notification commands hold it in single quotes.
_CATALOGUE = re.compile(r"https?://[A-Za-z0-9\[][A-Za-z0-9\[\]._~:/@%+,=-]*")


class Site(Declaration):
    """Paths, programs and accounts of an environment's machines. All paths are absolute.

        Site(transport="nrpe", project="/opt/checkwright/shop")

    check: the command `check`. transport: the way to the machines. project: the folder of this project there, by
    default /opt/checkwright/projects/NAME. secrets: the folder for `Secret(file="name")`. plugins: the folder of
    check_nrpe, check_icmp and the like. mail, page: programs of the Nagios server that send notifications, called as
    PROGRAM -s SUBJECT RECIPIENT with the text on standard input. account: the account of NRPE, which may use sudo for
    watches with run_as. graphs: URL of a service's graphs, with {host}, {watch}, {role} and {environment}. catalogue:
    URL of the folder that `checkctl catalogue` writes, to which alerts and hosts link. watched_by: who notices if this
    monitoring stops, unless a watch with the check dead_mans_switch reports to them. perfdata: destination of Nagios's
    performance data, "influxdb:https://HOST:8086/DATABASE", "graphite:HOST:2003", "prometheus" for a page that it
    scrapes, or "pnp:/DIR" for NPCD of PNP4Nagios. perfdata_login: Secret of InfluxDB, a file with USER:PASSWORD or a
    token. engine: "nagios" or "naemon", the daemon that reads the object files. Raises RegistryError for an invalid
    value.
    """

    __slots__ = (
        "account",
        "catalogue",
        "check",
        "engine",
        "graphs",
        "mail",
        "nrpe_port",
        "page",
        "perfdata",
        "perfdata_login",
        "plugins",
        "project",
        "secrets",
        "transport",
        "watched_by",
    )
    check: str
    transport: HostTransport
    nrpe_port: int
    secrets: str
    project: str
    plugins: str
    mail: str
    page: str
    account: str
    graphs: str
    catalogue: str
    perfdata: str
    perfdata_login: str
    watched_by: str
    engine: Engine

    def __init__(
        self,
        *,
        check: str = "/opt/checkwright/bin/check",
        transport: HostTransport = "nrpe",
        nrpe_port: int = 5666,
        secrets: str = "/etc/checkwright/secrets",
        project: str = "",
        plugins: str = "/usr/lib/nagios/plugins",
        mail: str = "/usr/bin/mail",
        page: str = "/usr/bin/mail",
        account: str = "nagios",
        graphs: str = "",
        catalogue: str = "",
        perfdata: str = "",
        perfdata_login: Secret | None = None,
        watched_by: str = "",
        engine: Engine = "nagios",
    ) -> None:
        origin = here(2)
        if catalogue and not _CATALOGUE.fullmatch(require_text("Site: catalogue", catalogue, origin)):
            expected = "not a URL such as https://catalogue.example.com/checks"
            raise RegistryError(f"Site: catalogue is {short_repr(catalogue)}, which is {expected}", origin)
        if graphs and not _GRAPHS.fullmatch(require_text("Site: graphs", graphs, origin)):
            expected = "not a URL with {host}, {watch}, {role} or {environment}"
            raise RegistryError(f"Site: graphs is {short_repr(graphs)}, which is {expected}", origin)
        if type(nrpe_port) is not int or not 1 <= nrpe_port <= 65_535:
            message = f"Site: nrpe_port is {short_repr(nrpe_port)}, and must be a number from 1 to 65535"
            raise RegistryError(message, origin)
        self._set(
            check=require_absolute("Site: check", check, origin),
            transport=require_one_of("Site: transport", transport, HostTransport, origin),
            nrpe_port=nrpe_port,
            secrets=require_absolute("Site: secrets", secrets, origin),
            project=require_absolute("Site: project", project, origin) if project else "",
            plugins=require_absolute("Site: plugins", plugins, origin),
            mail=require_absolute("Site: mail", mail, origin),
            page=require_absolute("Site: page", page, origin),
            account=account_name("Site: account", account, origin),
            graphs=graphs,
            catalogue=catalogue.rstrip("/"),
            perfdata=require_place(perfdata, origin) if perfdata else "",
            perfdata_login=require_login(perfdata_login, perfdata, secrets, origin),
            watched_by=require_text("Site: watched_by", watched_by, origin),
            engine=require_one_of("Site: engine", engine, Engine, origin),
            origin=origin,
        )
