"""Management API of RabbitMQ."""

from checkwright.sources.http_service import HttpService

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.sources.json_path import Document

#: Seconds over which events are counted.
WINDOW = 600


class Management(HttpService):
    """Options of the checks that read RabbitMQ's management API."""

    url: str = HttpService.url_option("http://127.0.0.1:15672", "the management API")


def word(document: "Document", name: str) -> str | None:
    """Return the text of an object's member, None if the object has no such member."""
    names = document.keys()
    return document.text(name) if name in names else None


def quoted(name: str) -> str:
    """Return a name as one part of a path: the virtual host / is %2F."""
    from urllib.parse import quote

    return quote(name, safe="")
