"""Files with queries."""

from checkwright.core.text import clean
from checkwright.sources import CannotTell, Source, doing

_LARGEST = 100_000


class QueryFiles(Source):
    """Files that hold one query each."""

    def read(self, path: str) -> str:
        """Return the query in a file. Raises CannotTell if it cannot be read or is empty."""
        doing(f"the query file {path}")
        try:
            with open(path, encoding="utf-8") as file:
                query = file.read(_LARGEST)
        except UnicodeDecodeError:
            raise CannotTell(f"the query file {clean(path, 200)} is not text in UTF-8") from None
        except OSError as error:
            raise CannotTell(f"cannot read the query file {clean(path, 200)}: {error.strerror}") from None
        if not query.strip():
            raise CannotTell(f"the query file {clean(path, 200)} is empty")
        return query
