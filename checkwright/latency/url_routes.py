"""Declared routes: lines such as `GET /orders/{id}`, compiled to one expression that finds the route of a request.

A route is a method, a space and a path. A segment of the path is literal text, a parameter (`{x}`, `:x` or `<x>`) or
both (`{id}.csv`). `*` as the last segment stands for any rest, and ANY as the method for any method. A literal beats a
parameter, which beats `*`; a method beats ANY.
"""

import re
from itertools import groupby
from posixpath import commonprefix

from checkwright.core.errors import BadUsage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: Most routes of one log.
MOST = 2_000
_ROUTE = re.compile(r"([A-Z][A-Z-]{0,19}) (/\S*)")
_PARAMETER = re.compile(r"\{[^{}/]*\}|<[^<>/]*>|(?<![^/]):\w+")
#: End of a path, and of a segment: nothing else follows. A negative look-ahead needs no choice between text and end.
_END = rb"/?+(?![^ ?;#])"
_SEGMENT_END = rb"(?![^/ ?;#])"


class Routes:
    """Compiled routes. names: as they were declared; `match(request).lastindex` is the number of one, from 1."""

    def __init__(self, lines: "Iterable[str]") -> None:
        self.names: list[str] = []
        root = _Node()
        seen: dict[str, str] = {}
        for line in lines:
            method, path = parse_route(line)
            route = f"{method} {path}"
            shape = _shape(method, path)
            if shape in seen:
                raise BadUsage(f"the routes {seen[shape]!r} and {route!r} are for the same requests: keep one")
            seen[shape] = route
            self.names.append(route)
            if len(self.names) > MOST:
                raise BadUsage(f"more than {MOST} routes: declare those that matter")
            root.insert([method, *_segments(path)], len(self.names))
        expression, self._order = _expression(root)
        self.match: Callable[[bytes], re.Match[bytes] | None] = re.compile(expression).match

    def number(self, request: bytes) -> int:
        """Return the number of the route of `METHOD TARGET`, from 1 in the order of the declarations; 0 for none."""
        found = self.match(request)
        return 0 if found is None else self._order[found.lastindex or 0]

    @property
    def order(self) -> list[int]:
        """Number of the route for each group of `match`."""
        return self._order


def parse_route(line: str) -> tuple[str, str]:
    """Return method and path of a declared route. Raises BadUsage."""
    found = _ROUTE.fullmatch(" ".join(line.split()))
    if found is None:
        raise BadUsage(f"{line.strip()[:120]!r} is no route: write METHOD /path, such as GET /orders/{{id}}")
    return found[1], found[2]


def declared_expressions(routes: "Iterable[str]") -> "list[tuple[str, str]]":
    """Return name and expression of each route, for engines other than Python's: the first that is found wins.

    An expression finds `METHOD TARGET`. It has no look-around, reference or possessive quantifier, so RE2, Java and
    Joni read it alike. Raises BadUsage, as `Routes` does.
    """
    names = sorted(Routes(routes).names, key=_position)
    return [(name, _plain_expression(*name.split(" ", 1))) for name in names]


def _position(route: str) -> tuple[tuple[object, ...], ...]:
    """Return the key that sorts routes as `Routes.match` tries them: those below a place before the one that ends."""
    method, path = route.split(" ", 1)
    segments = [_PARAMETER.sub("{}", segment) for segment in _segments(path)]
    rest = segments[-1:] == ["*"]
    inner = [(0, *_precedence(segment)) for segment in (segments[:-1] if rest else segments)]
    return ((method == "ANY", method), *inner, (2 if rest else 1,))


def _plain_expression(method: str, path: str) -> str:
    segments = [_PARAMETER.sub("{}", segment) for segment in _segments(path)]
    end = "/?(?:[ ?;#]|$)"
    if segments[-1:] == ["*"]:
        segments, end = segments[:-1], "(?:[/ ?;#]|$)"
    text = "".join("/" + "[^/ ?;#]+".join(map(_plain, segment.split("{}"))) for segment in segments)
    return f"^{'[A-Z][A-Z-]*' if method == 'ANY' else _plain(method)} (?:https?://[^/ ?]*)?{text}{end}"


def _plain(text: str) -> str:
    """Return literal text as an expression. A class of one character needs no rule of escapes."""
    return re.sub(r"[.*+?()|{}$]", r"[\g<0>]", re.sub(r"[\\^\[\]]", r"\\\g<0>", text))


class _Node:
    """Place in the tree of routes. route: number of the route that ends here. rest: of the one that ends with `*`."""

    __slots__ = ("children", "rest", "route")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.route = 0
        self.rest = 0

    def insert(self, segments: list[str], route: int) -> None:
        node = self
        for at, segment in enumerate(segments):
            if segment == "*" and at == len(segments) - 1:
                node.rest = route
                return
            node = node.children.setdefault(_PARAMETER.sub("{}", segment), _Node())
        node.route = route


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/") if path.strip("/") else []


def _shape(method: str, path: str) -> str:
    return " ".join([method, *(_PARAMETER.sub("{}", segment) for segment in _segments(path))])


def _expression(root: _Node) -> tuple[bytes, list[int]]:
    """Return the expression for all routes, and the number of the route for each of its groups."""
    order = [0]
    methods = []
    for method in sorted(root.children, key=lambda name: (name == "ANY", name)):
        node = root.children[method]
        start = b"[A-Z][A-Z-]*+" if method == "ANY" else re.escape(method.encode())
        methods.append(start + rb" (?:https?://[^/ ?]*+)?" + _below(node, order))
    return (b"(?:" + b"|".join(methods) + b")" + _END if methods else rb"(?!)"), order


def _below(node: _Node, order: list[int]) -> bytes:
    """Return the expression for everything behind a node, up to the end that all routes share."""
    choices = []
    # The groups of the expression are numbered from left to right, so their order here is that of the text.
    literals = [(name, _below(node.children[name], order)) for name in sorted(node.children) if "{}" not in name]
    others = sorted((name for name in node.children if "{}" in name), key=_precedence)
    inner = _literals(literals) + [_with_parameter(name) + _below(node.children[name], order) for name in others]
    if inner:
        choices.append(b"/" + _one_of(inner))
    if node.route:
        order.append(node.route)
        choices.append(b"()")
    if node.rest:
        order.append(node.rest)
        choices.append(_SEGMENT_END + b"()[^ ?;#]*+")
    return _one_of(choices)


def _one_of(choices: list[bytes]) -> bytes:
    return b"(?:" + b"|".join(choices) + b")" if len(choices) > 1 else choices[0]


def _literals(literals: list[tuple[str, bytes]]) -> list[bytes]:
    """Return choices for sorted texts with the expressions behind them.

    Each begins with another letter, so that `re` skips it at once.
    """
    choices = []
    for _, group in groupby(literals, lambda one: one[0][:1]):
        same = [*group]
        begin = commonprefix([text for text, _ in same])
        if len(same) == 1 or not begin:
            choices += [re.escape(text.encode()) + below for text, below in same]
        else:
            rest = _literals([(text[len(begin) :], below) for text, below in same])
            choices.append(re.escape(begin.encode()) + _one_of(rest))
    return choices


def _precedence(segment: str) -> tuple[int, int, str]:
    """Return the key that sorts literals before segments with text and parameter, and these before parameters."""
    literal = len(segment.replace("{}", ""))
    return (0 if "{}" not in segment else 1 if literal else 2, -literal, segment)


def _with_parameter(segment: str) -> bytes:
    if segment == "{}":
        return rb"[^/ ?;#]++"
    parts = [re.escape(part.encode()) for part in segment.split("{}")]
    return rb"[^/ ?;#]+?".join(parts) + _SEGMENT_END
