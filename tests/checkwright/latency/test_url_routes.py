"""Routes: precedence, forms of parameters, and targets as logs have them."""

import re

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.core.errors import BadUsage
from checkwright.latency import routes_file
from checkwright.latency.url_routes import Routes, declared_expressions

ROUTES = Routes(
    [
        "GET /",
        "GET /orders/{id}",
        "GET /orders/latest",
        "GET /orders/{id}.csv",
        "GET /orders/{id}/items/{item}",
        "POST /orders",
        "HEAD /orders/{id}",
        "GET /users/me",
        "GET /users/<name>",
        "GET /users/<name>/posts",
        "GET /teams/:team/members",
        "GET /static/*",
        "GET /static/app-{hash}.js",
        "ANY /hooks/{name}",
        "POST /hooks/special",
        "GET /oauth2/token",
        "GET /v1beta1/things",
        "GET /a.b/c",
    ]
)
REQUESTS = {
    "GET / HTTP/1.1": "GET /",
    "GET /?q=/orders/1 HTTP/1.1": "GET /",
    "GET /orders/812 HTTP/1.1": "GET /orders/{id}",
    "GET /orders/812/ HTTP/1.1": "GET /orders/{id}",
    "GET /orders/812;jsessionid=7 HTTP/1.1": "GET /orders/{id}",
    "GET /orders/812#top": "GET /orders/{id}",
    "GET /orders/latest HTTP/1.1": "GET /orders/latest",
    "GET /orders/latest2 HTTP/1.1": "GET /orders/{id}",
    "GET /orders/812.csv?x=1 HTTP/1.1": "GET /orders/{id}.csv",
    "GET /orders/latest/items/3 HTTP/1.1": "GET /orders/{id}/items/{item}",
    "HEAD /orders/812 HTTP/1.1": "HEAD /orders/{id}",
    "POST /orders HTTP/2.0": "POST /orders",
    "GET /users/me HTTP/1.1": "GET /users/me",
    "GET /users/me/posts HTTP/1.1": "GET /users/<name>/posts",
    "GET /users/anna.b HTTP/1.1": "GET /users/<name>",
    "GET /teams/7/members HTTP/1.1": "GET /teams/:team/members",
    "GET /static/css/deep/site.css HTTP/1.1": "GET /static/*",
    "GET /static/app-4f2a.js HTTP/1.1": "GET /static/app-{hash}.js",
    "GET /static HTTP/1.1": "GET /static/*",
    "POST /hooks/special HTTP/1.1": "POST /hooks/special",
    "PUT /hooks/special HTTP/1.1": "ANY /hooks/{name}",
    "GET /oauth2/token": "GET /oauth2/token",
    "GET /v1beta1/things": "GET /v1beta1/things",
    "GET http://shop.test/orders/812 HTTP/1.1": "GET /orders/{id}",
    "GET https://shop.test:443/ HTTP/2.0": "GET /",
    "GET /statics HTTP/1.1": None,
    "GET /aXb/c HTTP/1.1": None,
    "GET /orders HTTP/1.1": None,
    "GET /orders/8/9 HTTP/1.1": None,
    "PUT /orders HTTP/1.1": None,
    "get /orders/1 HTTP/1.1": None,
    "OPTIONS * HTTP/1.1": None,
    "\\x16\\x03\\x01": None,
    "-": None,
    "<BADREQ>": None,
    "": None,
}


@pytest.mark.parametrize(("request_line", "route"), REQUESTS.items(), ids=REQUESTS)
def test_route_of_a_request(request_line: str, route: str | None) -> None:
    number = ROUTES.number(request_line.encode())
    assert (ROUTES.names[number - 1] if number else None) == route


def test_order_of_declarations_does_not_matter() -> None:
    backwards = Routes(reversed(ROUTES.names))
    for request_line in REQUESTS:
        one, two = ROUTES.number(request_line.encode()), backwards.number(request_line.encode())
        assert (ROUTES.names[one - 1] if one else "") == (backwards.names[two - 1] if two else "")


BAD = {
    "orders": "is no route",
    "GET orders": "is no route",
    "get /orders": "is no route",
    "GET /a b": "is no route",
}


@pytest.mark.parametrize(("line", "reason"), BAD.items(), ids=BAD)
def test_bad_route_is_refused(line: str, reason: str) -> None:
    with pytest.raises(BadUsage, match=reason):
        Routes([line])


def test_two_routes_for_the_same_requests_are_refused() -> None:
    with pytest.raises(BadUsage, match="same requests"):
        Routes(["GET /orders/{id}", "GET /orders/:number"])
    with pytest.raises(BadUsage, match="more than 2000"):
        Routes(f"GET /r{number}" for number in range(2_001))


def test_two_thousand_routes_compile() -> None:
    many = Routes(f"GET /area{number % 40}/{{id}}/action{number}" for number in range(2_000))
    assert many.names[many.number(b"GET /area7/15/action1207 HTTP/1.1") - 1] == "GET /area7/{id}/action1207"


FILE = r"""
# storefront
log_format timed '$remote_addr [$time_local] "$request" $status '
                 'rt=$request_time urt="$upstream_response_time"';

GET /
GET  /orders/{id}
without-time GET /events/*
"""


def test_routes_file() -> None:
    found = routes_file.parse(FILE, "shop.routes")
    assert found.routes is not None
    assert found.routes.names == ["GET /", "GET /orders/{id}", "GET /events/*"]
    assert found.without_time == ("GET /events/*",)
    assert found.log_format is not None
    assert found.log_format.name == "log_format timed"


BAD_FILES = {
    "a line": ("GET /\nno route\n", r"shop\.routes:2: 'no route' is no route"),
    "two formats": ("alb\nhttplog\n", r"shop\.routes:2: a second format"),
    "a format without times": (
        "log_format main '$time_local $request $status';\n",
        r"shop\.routes:1: the format log_format main lacks a duration",
    ),
    "the same route twice": ("GET /a\nGET /a\n", r"shop\.routes: .*same requests"),
    "bad JSON names": ("json time=t status=s\n", r"shop\.routes:1: json: the names lack request="),
}


@pytest.mark.parametrize(("text", "reason"), BAD_FILES.values(), ids=BAD_FILES)
def test_bad_routes_file_names_the_line(text: str, reason: str) -> None:
    with pytest.raises(BadUsage, match=reason):
        routes_file.parse(text, "shop.routes")


def test_missing_routes_file(tmp_path: object) -> None:
    with pytest.raises(BadUsage, match=r"cannot read the routes file .*gone: No such file"):
        routes_file.read(f"{tmp_path}/gone")


def first(routes: list[str], request: str) -> str | None:
    """Return the route whose expression finds a request first."""
    return next((name for name, text in declared_expressions(routes) if re.search(text, request)), None)


def by_number(routes: Routes, request: str) -> str | None:
    number = routes.number(request.encode())
    return routes.names[number - 1] if number else None


@pytest.mark.parametrize(("request_line", "expected"), REQUESTS.items())
def test_expressions_for_other_engines_name_the_same_route(request_line: str, expected: str | None) -> None:
    assert first(ROUTES.names, request_line) == expected


SEGMENTS = ("a", "b", "{id}", "{id}.csv", "a{x}", "{x}-{y}", "a.b", "*")


@given(
    st.lists(
        st.tuples(st.sampled_from(["GET", "PUT", "ANY"]), st.lists(st.sampled_from(SEGMENTS), max_size=3)),
        min_size=1,
        max_size=8,
        unique_by=lambda one: (one[0], *one[1]),
    ),
    st.sampled_from(["GET ", "PUT ", "PUT https://shop.test:443", "get ", "- "]),
    st.lists(st.sampled_from(["a", "b", "ax", "a.csv", ".csv", "a-b", "aXb", "a.b", "*", ""]), max_size=4),
    st.sampled_from(["", "/", "?a=/b", ";b", "#b", " HTTP/1.1"]),
)
def test_expressions_agree_with_the_tree(
    routes: list[tuple[str, list[str]]], method: str, path: list[str], end: str
) -> None:
    names = [f"{command} /{'/'.join(segments)}" for command, segments in routes]
    request = f"{method}/{'/'.join(path)}{end}"
    assert first(names, request) == by_number(Routes(names), request)


LITERALS = ["a.b", "a+b", "(a)", "[a]", "a|b", "^a", "$a", "a\\b", "a&b", "a'b", "a*b", "a~b", "a,b", "a%20b", "ä", "}"]


@pytest.mark.parametrize("text", LITERALS)
def test_literals_mean_themselves_in_another_engine(text: str) -> None:
    ((_, expression),) = declared_expressions([f"GET /{text}/{{id}}"])
    finds = "SELECT regexp_matches($text, $pattern)"
    for request, expected in ((f"GET /{text}/1 HTTP/1.1", True), ("GET /x/1 HTTP/1.1", False), ("GET /b/1", False)):
        assert duckdb.execute(finds, {"text": request, "pattern": expression}).fetchone() == (expected,)
        assert (re.search(expression, request) is not None) == expected
