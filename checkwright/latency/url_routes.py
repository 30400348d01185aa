"""Declared routes: lines such as `GET /orders/{id}`, compiled to one expression that finds the route of a request.

A route is a method, a space and a path. A segment of the path is literal text, a parameter (`{x}`, `:x` or `<x>`) or
both (`{id}.csv`). `*` as the last segment stands for any rest, and ANY as the method for any method. A literal beats a
parameter, which beats `*`; a method beats ANY.
"""

import re

from checkwright.core.errors import BadUsage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: Most routes of one log.
MOST = 2_000
_ROUTE = re.compile(r"([A-Z][A-Z-]{0,19}) (/\S*)")
_PARAMETER = re.compile(r"\{[^{}/]*\}|<[^<>/]*>|(?<![^/]):\w+")
_END = rb"/?+(?=[ ?;#]|\Z)"


class Routes:
    """Compiled routes. names: as they were declared; `match(request).lastindex` is the number of one, from 1."""

    def __init__(self, lines: "Iterable[str]") -> None:
        self.names: list[str] = []
        root = _Node()
        seen: dict[str, str] = {}
        for line in lines:
            route = " ".join(line.split())
            found = _ROUTE.fullmatch(route)
            if found is None:
                raise BadUsage(f"{line.strip()[:120]!r} is no route: write METHOD /path, such as GET /orders/{{id}}")
            shape = _shape(found[1], found[2])
            if shape in seen:
                raise BadUsage(f"the routes {seen[shape]!r} and {route!r} are for the same requests: keep one")
            seen[shape] = route
            self.names.append(route)
            if len(self.names) > MOST:
                raise BadUsage(f"more than {MOST} routes: declare those that matter")
            root.insert([found[1], *_segments(found[2])], len(self.names))
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
    return (b"(?:" + b"|".join(methods) + b")" if methods else rb"(?!)"), order


def _below(node: _Node, order: list[int]) -> bytes:
    """Return the expression for everything behind a node."""
    choices = []
    for segment in sorted(node.children, key=_precedence):
        choices.append(b"/" + _segment(segment) + _below(node.children[segment], order))
    if node.route:
        order.append(node.route)
        choices.append(b"()" + _END)
    if node.rest:
        order.append(node.rest)
        choices.append(rb"(?=[/ ?;#]|\Z)()")
    return b"(?:" + b"|".join(choices) + b")"


def _precedence(segment: str) -> tuple[int, int, str]:
    """Return the key that sorts literals before segments with text and parameter, and these before parameters."""
    literal = len(segment.replace("{}", ""))
    return (0 if "{}" not in segment else 1 if literal else 2, -literal, segment)


def _segment(segment: str) -> bytes:
    if "{}" not in segment:
        return re.escape(segment.encode()) + rb"(?=[/ ?;#]|\Z)"
    if segment == "{}":
        return rb"[^/ ?;#]++"
    parts = [re.escape(part.encode()) for part in segment.split("{}")]
    return rb"[^/ ?;#]+?".join(parts) + rb"(?=[/ ?;#]|\Z)"
