"""Facts about containers in answers of Docker's API."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.sources.json_path import Document

#: Beginnings of a status that is younger than about 10 minutes: such a container may be one that restarts again and
#: again, and is up at this moment.
_YOUNG = ("Up Less than", "Up About a minute", *(f"Up {number} minute" for number in range(1, 11)))


class Container:
    """One container. word: its state for people, such as healthy. detail: its status as Docker writes it.

    suspicious: its number of restarts is worth a request.
    """

    __slots__ = ("detail", "identity", "name", "suspicious", "word")

    def __init__(self, identity: str, name: str, word: str, detail: str, suspicious: bool) -> None:
        self.identity = identity
        self.name = name
        self.word = word
        self.detail = detail
        self.suspicious = suspicious


def parse_containers(document: "Document") -> list[Container]:
    """Return the containers in an answer to /containers/json, sorted by name. Raises CannotTell."""
    found = []
    for item in document.entries():
        names = item.items("Names")
        identity = item.text("Id") or ""
        name = (names[0][1].text(".") or "").lstrip("/") if names else identity[:12]
        state, status = item.text("State") or "", item.text("Status") or ""
        word = _word(state, status)
        young = status.startswith(_YOUNG) or (status.startswith("Up ") and " second" in status)
        found.append(Container(identity, name, word, status, young or word not in ("running", "healthy", "completed")))
    return sorted(found, key=lambda container: container.name)


def _word(state: str, status: str) -> str:
    if state == "exited":
        return "completed" if status.startswith("Exited (0)") else "exited"
    if state == "running":
        for mark, word in (("(unhealthy)", "unhealthy"), ("(health: starting)", "starting"), ("(healthy)", "healthy")):
            if mark in status:
                return word
    return state or "without a state"
