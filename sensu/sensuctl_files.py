"""Reader of files for `sensuctl create`. It reads as sensuctl does, and knows the line of every value."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from json.decoder import scanstring  # type: ignore[attr-defined]  # in CPython since 2.6, missing from typeshed
from typing import TYPE_CHECKING, Any

from sensu.problems import LONGEST_LINE
from sensu.rules import Path

if TYPE_CHECKING:
    import yaml

_SPACE = re.compile(r"[ \t\n\r]+")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?")
_WORDS = {"true": True, "false": False, "null": None}
_LONGEST_NUMBER = 400
#: More values than any file contains. Nested aliases reach this number quickly.
_MOST_VALUES = 10_000_000
#: Levels of YAML that libyaml reads safely.
_MOST_NESTED = 1_000
#: Types that Go reads as text: it does not parse times.
_AS_TEXT = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp")


class Unreadable(Exception):
    """Error for text that sensuctl cannot read, at `line` (from 1)."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(frozen=True)
class Document:
    """One document of a file: its number (from 1), its data, and the line (from 1) of each value.

    `doubles` are (line, key) of keys that occur twice in one object, which sensuctl does not report. `locate` finds the
    lines. It runs only for documents with a finding.
    """

    number: int
    data: Any
    locate: Callable[[], dict[Path, int]]
    doubles: tuple[tuple[int, str], ...]

    @cached_property
    def lines(self) -> dict[Path, int]:
        return self.locate()

    def line(self, path: Path) -> int:
        """Return the line of a value. If the file does not have it, return the line of what encloses it."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]


def read(text: str, *, lenient: bool = False) -> Iterator[Document | Unreadable]:
    """Yield the documents in order. An Unreadable takes the place of one that cannot be read, and reading continues.

    `lenient` also accepts what the API and other tools write and `sensuctl create` refuses: lists, long lines, and
    pieces with only comments.
    """
    if not lenient:
        yield from _too_long(text)
    number = 0
    for first_line, piece in _pieces(text):
        is_json = piece.lstrip()[:1] in ("{", "[")
        for document in _json(piece, first_line, lenient) if is_json else _yaml(piece, first_line, lenient):
            number += 1
            if isinstance(document, Unreadable):
                yield document
            else:
                yield Document(number, *document)


def _too_long(text: str) -> Iterator[Unreadable]:
    lines = text.split("\n")
    if max(map(len, lines)) <= LONGEST_LINE // 4:
        return
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE // 4 and (length := len(line.encode(errors="replace"))) > LONGEST_LINE:
            yield Unreadable(number, f"the line has {length} bytes, and sensuctl reads at most {LONGEST_LINE}")


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Yield (number of the first line, text) of each piece between lines that begin with `---`."""
    start, line = 0, 1
    while True:
        begins = text.startswith("---", start)
        cut = start if begins else text.find("\n---", start) + 1
        if not begins and not cut:
            break
        if cut > start:
            yield line, text[start:cut]
        end = text.find("\n", cut)
        if end < 0:
            return
        line += text.count("\n", start, end) + 1
        start = end + 1
    if start < len(text):  # nothing follows the newline that ends the text
        yield line, text[start:]


_Read = tuple[Any, Callable[[], dict[Path, int]], tuple[tuple[int, str], ...]]


class _NeedsOwnReader(ValueError):
    """Error for text that Python's readers and sensuctl may read differently."""


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _NeedsOwnReader
    # Most objects have no capital in any key.
    if not "".join(found).islower() and len({key.lower() for key in found}) != len(pairs):
        raise _NeedsOwnReader
    return found


def _whole(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise _NeedsOwnReader
    return int(text)


def _decimal(text: str) -> float:
    if len(text) > _LONGEST_NUMBER:
        raise _NeedsOwnReader
    return float(text)


def _no_number(text: str) -> float:
    raise _NeedsOwnReader


_FAST = json.JSONDecoder(object_pairs_hook=_distinct, parse_int=_whole, parse_float=_decimal, parse_constant=_no_number)


def _json(piece: str, first_line: int, lists: bool) -> Iterator[_Read | Unreadable]:
    """Read with Python's own parser, which is many times faster. `_Json` reads what it refuses, and finds lines."""
    parser = _Json(piece, first_line, lists)
    try:
        while not parser.at_end():
            start = parser.at
            try:
                parser.begin()
                data, parser.at = _FAST.raw_decode(piece, start)
            except (ValueError, RecursionError):
                parser.at = start
                yield parser.document()
            else:
                yield data, partial(parser.located, start), ()
    except Unreadable as error:
        yield error
    except RecursionError:
        yield Unreadable(first_line, "the JSON is nested too deeply")


class _Json:
    """JSON parser that knows the lines of all values."""

    def __init__(self, text: str, first_line: int, lists: bool) -> None:
        self.text = text
        self.lists = lists
        self.at = 0
        self.first_line = first_line
        self.lines: dict[Path, int] = {}
        self.doubles: list[tuple[int, str]] = []

    @cached_property
    def newlines(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self.text)]

    def at_end(self) -> bool:
        self._skip()
        return self.at >= len(self.text)

    def located(self, start: int) -> dict[Path, int]:
        """Return the lines of the document that begins at `start`."""
        parser = _Json(self.text, self.first_line, self.lists)
        parser.newlines, parser.at = self.newlines, start
        parser._value(())
        return parser.lines

    def begin(self) -> None:
        """Raise Unreadable if no document begins here."""
        if self.text[self.at] == "[" and not self.lists:
            raise self._error("sensuctl cannot read a list of documents: write them one after another")
        if self.text[self.at] not in "{[":
            raise self._error("a document must begin with {, and documents are not separated by commas")

    def document(self) -> _Read:
        lines: dict[Path, int] = {}
        self.lines, self.doubles = lines, []
        data = self._value(())
        return data, lambda: lines, tuple(self.doubles)

    def _skip(self) -> None:
        if space := _SPACE.match(self.text, self.at):
            self.at = space.end()

    def _line(self) -> int:
        return self.first_line + bisect_right(self.newlines, self.at - 1)

    def _error(self, message: str) -> Unreadable:
        return Unreadable(self._line(), message)

    def _value(self, path: Path) -> Any:
        self._skip()
        self.lines.setdefault(path, self._line())
        char = self.text[self.at : self.at + 1]
        if char == "{":
            return self._object(path)
        if char == "[":
            return self._list(path)
        if char == '"':
            return self._string()
        number = _NUMBER.match(self.text, self.at)
        if number:
            self.at = number.end()
            if len(number[0]) > _LONGEST_NUMBER:
                raise self._error("the JSON has a number that is too long")
            return float(number[0]) if number[1] or number[2] else int(number[0])
        for word, value in _WORDS.items():
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return value
        raise self._error("the JSON ends too early" if not char else f"the JSON cannot go on with {char!r} here")

    def _string(self) -> str:
        try:
            text, self.at = scanstring(self.text, self.at + 1, True)
        except json.JSONDecodeError as error:
            raise self._error(f"a text in the JSON cannot be read: {error.msg}") from None
        return str(text)

    def _object(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        known: set[str] = set()
        self.at += 1
        self._skip()
        while not self._take("}"):
            if found:
                self._expect(",")
                self._skip()
            line = self._line()
            if self.text[self.at : self.at + 1] != '"':
                raise self._error("the JSON needs a key in double quotes here")
            key = self._string()
            if key.lower() in known:
                self.doubles.append((line, key))
            known.add(key.lower())
            self._skip()
            self._expect(":")
            self.lines[(*path, key)] = line
            found[key] = self._value((*path, key))
            self._skip()
        return found

    def _list(self, path: Path) -> list[Any]:
        found: list[Any] = []
        self.at += 1
        self._skip()
        while not self._take("]"):
            if found:
                self._expect(",")
            found.append(self._value((*path, len(found))))
            self._skip()
        return found

    def _take(self, char: str) -> bool:
        if self.text.startswith(char, self.at):
            self.at += 1
            return True
        return False

    def _expect(self, char: str) -> None:
        if not self._take(char):
            raise self._error(f"the JSON needs a {char!r} here")


def _yaml(piece: str, first_line: int, may_be_empty: bool) -> Iterator[_Read | Unreadable]:
    """Read with libyaml, from which Go's reader was ported. PyYAML's own parser reports errors and lines."""
    try:
        data = _read_with_libyaml(piece)
    except _NeedsOwnReader:
        yield from slowly(piece, first_line, may_be_empty)
        return

    def locate() -> dict[Path, int]:
        for found in slowly(piece, first_line, may_be_empty):
            if not isinstance(found, Unreadable):
                return found[1]()
        return {(): first_line}

    yield data, locate, ()


def _read_with_libyaml(piece: str) -> Any:
    """Return the data of a simple document. Raises _NeedsOwnReader for any other."""
    import yaml

    # libyaml recurses into nested values until the stack overflows.
    if (
        not yaml.__with_libyaml__
        or max(map(piece.count, ("[", "{", "- ", "? "))) > _MOST_NESTED
        or " " * _MOST_NESTED in piece
    ):
        raise _NeedsOwnReader
    try:
        loader = yaml.CSafeLoader(piece)
        node = loader.get_single_node()
        if node is None:
            raise _NeedsOwnReader
        budget = len(piece)  # each value has a character at least, unless aliases repeat it

        def value(node: yaml.Node) -> Any:
            nonlocal budget
            budget -= 1
            if budget < 0:
                raise _NeedsOwnReader
            if isinstance(node, yaml.MappingNode):
                pairs = []
                for key, one in node.value:
                    if key.tag == "tag:yaml.org,2002:merge" or not isinstance(key, yaml.ScalarNode):
                        raise _NeedsOwnReader
                    pairs.append((str(key.value), value(one)))
                return _distinct(pairs)
            if isinstance(node, yaml.SequenceNode):
                return list(map(value, node.value))
            if node.tag in _AS_TEXT:
                return node.value
            return loader.construct_object(node)

        return value(node)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise _NeedsOwnReader from None


def slowly(piece: str, first_line: int, may_be_empty: bool) -> Iterator[_Read | Unreadable]:
    """Yield the documents of a piece of YAML with the lines of all values. It is about ten times slower."""
    import yaml

    try:
        loader = yaml.SafeLoader(piece)
        node = loader.get_single_node()
        if node is None and may_be_empty:
            return
        if node is None:
            message = "a piece without a document makes sensuctl fail; begin the file with ---"
            raise Unreadable(first_line, message)
        reader = _Yaml(loader, first_line)
        data = reader.value(node, ())
        yield data, lambda: reader.lines, tuple(reader.doubles)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        yield Unreadable(line, f"the YAML cannot be read: {error.problem or error.context}")
    except yaml.reader.ReaderError as error:
        line = first_line + piece.count("\n", 0, error.position)
        yield Unreadable(line, f"the YAML cannot be read: it has the control character {error.character:#04x}")
    except ValueError as error:
        yield Unreadable(first_line, f"the YAML cannot be read: {error}")
    except RecursionError:
        yield Unreadable(first_line, "the YAML is nested too deeply")
    except Unreadable as error:
        yield error


class _Yaml:
    """Converter of a tree of YAML nodes to plain data."""

    def __init__(self, loader: yaml.SafeLoader, first_line: int) -> None:
        self.loader = loader
        self.first_line = first_line
        self.lines: dict[Path, int] = {}
        self.doubles: list[tuple[int, str]] = []

    def _line(self, node: yaml.Node) -> int:
        return self.first_line + int(node.start_mark.line)

    def value(self, node: yaml.Node, path: Path) -> Any:
        import yaml

        self.lines.setdefault(path, self._line(node))
        if len(self.lines) > _MOST_VALUES:
            raise Unreadable(self._line(node), "aliases make the YAML too large")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        if node.tag == "tag:yaml.org,2002:timestamp":
            return node.value  # text for Go's reader
        return self.loader.construct_object(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        own = set()
        for key, _ in node.value:
            if str(key.value).lower() in own:
                self.doubles.append((self._line(key), str(key.value)))
            own.add(str(key.value).lower())
        self.loader.flatten_mapping(node)
        found: dict[str, Any] = {}
        for key, item in node.value:
            name = str(key.value)
            self.lines[(*path, name)] = self._line(key)
            found[name] = self.value(item, (*path, name))
        return found
