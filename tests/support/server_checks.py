"""Command lines of all checks that speak to a server, made from their declarations."""

from checks.aws.source import Aws
from checkwright.core.argv import parse
from checkwright.core.catalog import all_checks
from checkwright.core.check import Check
from checkwright.core.errors import BadUsage
from checkwright.sources.command import Command
from checkwright.testing.misbehaving import sources_of

#: Names of options that hold the address of a server, the most exact first.
ADDRESSES = ("url", "server", "host")
#: Further words, without which a check has nothing to wait for, or refuses its command line.
MORE = {
    "tcp_port": ["--expect", "x"],
    "prometheus": ["--value", "a=b"],
    "sql_query": ["--query", "SELECT 1"],
}


def words_for(kind: type[Check], port: int) -> list[str] | None:
    """Return a command line that names a port of this machine, None for a check that does not speak to a server."""
    name = next((name for name in ADDRESSES if name in kind.options), None)
    if name is None or {Aws, Command} & set(sources_of(kind)):
        return None
    words = []
    for option in kind.options.values():
        if option.name == name:
            own_port = "port" in kind.options
            value = f"http://127.0.0.1:{port}/" if name == "url" else f"127.0.0.1{'' if own_port else f':{port}'}"
            words += [option.flags[-1], value]
        elif option.name == "port":
            words += [option.flags[-1], str(port)]
        elif option.required and not option.rest:
            words += [option.flags[-1], option.example]
    words += MORE.get(kind.title(), [])
    try:
        parse(kind, words).check.validate()
    except BadUsage:
        return None  # its command line needs more, and it reads no server by this address
    return words


#: The checks that speak to a server, by name.
SERVERS = {found.name: kind for found in all_checks() if words_for(kind := found.load(), 1) is not None}
