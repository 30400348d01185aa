"""Names of endpoints learned from paths, bounded in number, for requests that no declared route fits.

`/api/v2/orders/812/items` becomes `/api/v2/orders/{id}/items`. Segments that are numbers, UUIDs, dates, hashes or
mail addresses are parameters at sight; a place with many different words becomes one, too. Only answered requests
teach: the paths that scanners try are answered with 404, and end in `(no route)`.
"""

import re

from checkwright.latency.counts import MORE, NO_ROUTE
from checkwright.latency.learned_expression import expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: Different words at a place from which on it is a parameter: with enough requests to judge it, and at once.
_WORDS, _ENOUGH, _WORDS_AT_ONCE = 30, 60, 80
#: Words from which on the widest place becomes a parameter where the tree is full.
_WIDE = 10
#: Share and number of a place's requests that a word needs, to stay a word at such a place.
_SHARE, _HITS = 0.10, 10
#: Share below that a word next to a parameter for names is one of them.
_RARE = 0.01
#: Requests that a word needs to be shown: a person's name in a path must not leave the machine with the report.
_SHOWN = 3
#: Bounds of the tree: segments of a path, places, and methods.
_DEPTH, _NODES, _METHODS = 12, 500, 20
#: Most paths whose names are remembered, and the most bytes of one.
_REMEMBERED, _SHORT = 20_000, 200
#: Requests through the tree after that a new expression pays.
_RENEW = 2_000

_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}").fullmatch
_DATE = re.compile(r"\d{4}-\d\d-\d\d").fullmatch
_HASH = re.compile(r"(?=.*\d)(?:[0-9a-fA-F]{2}){4,}").fullmatch
#: Parameter in a name that was learned before.
_NAME = re.compile(r"\{[a-z]+\}").fullmatch
_ENDINGS = frozenset(
    [
        *("html", "htm", "php", "asp", "aspx", "jsp", "js", "mjs", "css", "map", "json", "xml", "txt", "csv", "pdf"),
        *("zip", "gz", "png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "ico", "woff", "woff2", "ttf", "eot"),
        *("mp4", "webm", "mp3", "wasm", "xls", "xlsx", "doc", "docx", "rss", "atom"),
    ]
)
_REQUEST = re.compile(rb"([A-Z][A-Z-]{0,19}) (?:https?://[^/ ?]*)?(/[^ ?;#]*|\*|(?<! )(?=[? ]|$))").match
#: Statuses of requests that the application has answered. Scanners hang up early, so 499 teaches nothing.
_ANSWERED = re.compile(rb"2\d\d|304|5\d\d|101").fullmatch


def parameter_in(segment: str) -> tuple[str, str]:
    """Return the parameter that a segment of a path is at sight, "" for a word, and its ending: `{id}`, `.csv`."""
    ending = ""
    if "." in segment:
        stem, _, last = segment.rpartition(".")
        if stem and last.lower() in _ENDINGS:
            segment, ending = stem, f".{last}"
    return _kind(segment), ending


def _kind(text: str) -> str:
    if text.isdigit() and text.isascii():
        return "{id}"
    if _UUID(text):
        return "{uuid}"
    if _DATE(text):
        return "{date}"
    if _HASH(text):
        return "{hash}"
    if "@" in text or "%40" in text:
        return "{email}"
    if len(text) > 32 or sum(letter.isdigit() for letter in text) >= 3:
        return "{name}"
    return text if _NAME(text) else ""


class Place:
    """Place in the tree: the part of a path up to here.

    end: number of the name of requests that end here, 0 for none yet. full: True if a new word is a parameter.
    parameters: by ending, the kinds that were seen and the place behind. Several kinds at one place are one parameter.
    """

    __slots__ = ("end", "full", "parameters", "words")

    def __init__(self) -> None:
        self.words: dict[str, Place] = {}
        self.parameters: dict[str, tuple[set[str], Place]] = {}
        self.end = 0
        self.full = False


class LearnedNames:
    """Tree of paths that learns names.

    `number(request, status)` counts a request in and returns the number of its name. Numbers never change their
    meaning; `names()` returns their texts, which are final at the end of a log. match, order: expression for requests
    with known names, and the number for each of its groups; a caller that uses them passes the hits to `count`.
    """

    def __init__(self) -> None:
        self._methods: dict[str, Place] = {}
        # Number of the name that each number was joined with, at first itself, and its requests.
        self._same: list[int] = [0]
        self._hits: list[int] = [0]
        self._nodes = 0
        self._known: dict[tuple[bytes, bool], int] = {}
        self._more = 0
        self._slow = 0
        self._counted: dict[int, int] = {}
        self._changed = True
        self.match, self.order = expression({}, {}, _ENDINGS)

    def seed(self, hits: "Mapping[str, int]") -> None:
        """Learn names that an earlier log has taught, with their requests."""
        for name in sorted(hits, key=lambda one: (-hits[one], one)):
            self._learn(name, hits[name])

    def hits(self) -> dict[str, int]:
        """Return the requests of each place that was learned, seeds included, for `seed` of a later tree.

        Unlike `names` it has rare words, so it is for private memory only.
        """
        found: dict[str, int] = {}
        for number, text in enumerate(self._texts()):
            if self._hits[number] and text not in (NO_ROUTE, MORE):
                found[text] = max(found.get(text, 0), self._hits[number])
        return found

    def _learn(self, name: str, hits: int) -> int:
        """Learn a name and return its number; 0 for one that is not METHOD /path."""
        method, _, path = name.partition(" ")
        if not path.startswith("/") or hits < 1:
            return 0
        number = self._insert(self._methods.setdefault(method, Place()), _segments(path))
        self._hits[number] += hits
        return number

    def count(self, hits: "Mapping[int, int]") -> None:
        """Count a block's requests by number, and renew `match` and `order` where the tree has grown.

        The hits include those that `number` has returned.
        """
        for number, count in hits.items():
            self._hits[self._resolved(number)] += count - self._counted.get(number, 0)
        self._counted.clear()
        if self._changed and self._slow >= _RENEW:
            resolved = {number: self._resolved(number) for number in range(len(self._same))}
            self.match, self.order = expression(self._methods, resolved, _ENDINGS)
            self._changed, self._slow = False, 0

    def number(self, request: bytes, status: bytes) -> int:
        """Return the number of the name for a request, 0 for `(no route)`, -1 for no request at all."""
        self._slow += 1
        teaches = _ANSWERED(status) is not None
        key = request.partition(b"?")[0], teaches
        number = self._known.get(key)
        if number is None:
            number = self._number(request, teaches=teaches)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            # A place may still be learned after a request that did not teach.
            if number > 0 and len(key[0]) <= _SHORT:
                self._known[key] = number
        if number > 0:
            self._hits[number] += 1
            self._counted[number] = self._counted.get(number, 0) + 1
        return number

    def names(self) -> list[str]:
        """Return the texts of all names by their numbers, `(no route)` for 0. Numbers may share a text.

        The names go through a new tree by falling hits, so that the order of the requests hardly matters.
        """
        raw = self._texts()
        hits: dict[str, int] = {}
        for number, name in enumerate(raw):
            hits[name] = hits.get(name, 0) + self._hits[number]
        final = relearn(hits)
        return [final.get(name, name) for name in raw]

    def _number(self, request: bytes, *, teaches: bool) -> int:
        found = _REQUEST(request)
        if found is None:
            return -1
        method = found[1].decode("ascii")
        path = found[2].decode("utf-8", "backslashreplace")
        if path == "*":
            return 0
        root = self._methods.get(method)
        if root is None:
            if not teaches or len(self._methods) >= _METHODS:
                return 0
            root = self._methods[method] = Place()
        segments = _segments(path)
        return self._insert(root, segments) if teaches else self._find(root, segments)

    def _find(self, node: Place, segments: list[str]) -> int:
        for segment in segments:
            child = _child(node, segment, *parameter_in(segment))
            if child is None:
                return 0
            node = child
        return self._resolved(node.end) if node.end else 0

    def _insert(self, root: Place, segments: list[str]) -> int:
        if len(segments) > _DEPTH:
            return self._beyond()
        node = root
        for segment in segments:
            kind, ending = parameter_in(segment)
            child = _child(node, segment, kind, ending)
            if child is None:
                if self._nodes >= _NODES:
                    return self._insert(root, segments) if self._make_room() else self._beyond()
                self._nodes += 1
                child = Place()
                if kind or node.full:
                    node.parameters[ending] = (set(), child)
                else:
                    node.words[segment] = child
                    if self._has_too_many(node):
                        self._fold(node)
                        child = _child(node, segment, kind, ending) or child
            if segment not in node.words:
                kinds = node.parameters[ending][0]
                self._changed = self._changed or kind not in kinds
                kinds.add(kind or "{name}")
            node = child
        node.end = node.end or self._new()
        return self._resolved(node.end)

    def _new(self) -> int:
        self._changed = True
        self._same.append(len(self._same))
        self._hits.append(0)
        return len(self._same) - 1

    def _beyond(self) -> int:
        self._more = self._more or self._new()
        return self._more

    def _resolved(self, number: int) -> int:
        while self._same[number] != number:
            number = self._same[number]
        return number

    def _requests(self, node: Place) -> int:
        """Return the number of requests that came through a place."""
        inner = [*node.words.values(), *(child for _, child in node.parameters.values())]
        return (self._hits[self._resolved(node.end)] if node.end else 0) + sum(map(self._requests, inner))

    def _has_too_many(self, node: Place) -> bool:
        """Return True if the words of a place are too many to be words, judged from enough requests."""
        words = len(node.words)
        return words > _WORDS_AT_ONCE or (words > _WORDS and self._requests(node) >= _ENOUGH)

    def _make_room(self) -> bool:
        """Fold the place with the most words, and return False if none has many."""
        places = [*self._methods.values()]
        for place in places:
            places += place.words.values()
            places += [child for _, child in place.parameters.values()]
        widest = max(places, key=lambda place: 0 if place.full else len(place.words))
        before = self._nodes
        if not widest.full and len(widest.words) > _WIDE:
            self._fold(widest)
        return self._nodes < before

    def _fold(self, node: Place) -> None:
        """Make a place with many words a parameter. Words with a good share of its requests stay."""
        node.full = self._changed = True
        self._known.clear()
        least = max(_HITS, _SHARE * self._requests(node))
        for word, child in list(node.words.items()):
            if self._requests(child) < least:
                self._make_parameter(node, word)

    def _make_parameter(self, node: Place, word: str) -> None:
        child = node.words.pop(word)
        ending = parameter_in(word)[1]
        if ending not in node.parameters:
            node.parameters[ending] = (set(), Place())
            self._nodes += 1
        kinds, mine = node.parameters[ending]
        kinds.add("{name}")
        self._join(mine, child)

    def _join(self, mine: Place, other: Place) -> None:
        """Join a place with another one."""
        self._nodes -= 1
        if other.end and mine.end:
            one, two = self._resolved(mine.end), self._resolved(other.end)
            if one != two:
                self._same[two] = one
                self._hits[one] += self._hits[two]
        mine.end = mine.end or other.end
        mine.full = mine.full or other.full
        for ending, (kinds, child) in other.parameters.items():
            known = mine.parameters.get(ending)
            if known is None:
                mine.parameters[ending] = (kinds, child)
            else:
                known[0].update(kinds)
                self._join(known[1], child)
        for word, child in other.words.items():
            if word in mine.words:
                self._join(mine.words[word], child)
            else:
                mine.words[word] = child
        if self._has_too_many(mine):
            self._fold(mine)

    def _tidy(self, node: Place) -> None:
        """Make words with too few requests to be shown parameters, and all words of a place that has too many."""
        if len(node.words) > _WORDS:
            self._fold(node)
        # A rare word next to other names is one of them, which another part of the log has not met.
        named = any("{name}" in kinds for kinds, _ in node.parameters.values())
        least = max(_HITS, _RARE * self._requests(node)) if named else _SHOWN
        for word, child in list(node.words.items()):
            if self._requests(child) < least:
                self._make_parameter(node, word)
        for child in (*node.words.values(), *(child for _, child in node.parameters.values())):
            self._tidy(child)

    def _texts(self) -> list[str]:
        texts: dict[int, str] = {self._more: MORE} if self._more else {}
        for method, root in self._methods.items():
            self._write(root, f"{method} ", texts)
        return [NO_ROUTE, *(texts.get(self._resolved(number), MORE) for number in range(1, len(self._same)))]

    def _write(self, node: Place, before: str, texts: dict[int, str]) -> None:
        if node.end:
            texts[self._resolved(node.end)] = f"{before}/" if before.endswith(" ") else before
        for word, child in node.words.items():
            self._write(child, f"{before}/{word}", texts)
        for ending, (kinds, child) in node.parameters.items():
            self._write(child, f"{before}/{_common(kinds)}{ending}", texts)


def relearn(hits: "Mapping[str, int]") -> dict[str, str]:
    """Return a new name for each learned name, from the requests of all of them: the busiest teach first.

    Used at the end of a log, and where counts of several logs are merged, whose trees have seen different words.
    """
    tree = LearnedNames()
    names = sorted(hits, key=lambda one: (-hits[one], one))
    numbers = {name: number for name in names if (number := tree._learn(name, hits[name]))}
    for root in tree._methods.values():
        tree._tidy(root)
    texts = tree._texts()
    return {name: texts[number] for name, number in numbers.items()}


def _child(node: Place, segment: str, kind: str, ending: str) -> "Place | None":
    """Return the place behind a segment: that of the word, or of the parameter that it is; None if it is new."""
    if not kind:
        word = node.words.get(segment)
        if word is not None or not node.full:
            return word
    parameter = node.parameters.get(ending)
    return parameter[1] if parameter else None


def _common(kinds: set[str]) -> str:
    """Return one name for the kinds of parameter at a place. A hash without letters looks like a number."""
    if len(kinds) == 1:
        return next(iter(kinds))
    return "{hash}" if kinds == {"{id}", "{hash}"} else "{name}"


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]
