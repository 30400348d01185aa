"""Learned names: parameters, bounds, and paths that must not become names."""

import random
import uuid

from checkwright.latency.counts import MORE, NO_ROUTE
from checkwright.latency.learned_names import LearnedNames, parameter_in, relearn


def learn(*requests: tuple[str, int], times: int = 10) -> dict[str, int]:
    """Return the number of requests by name, after each request was seen `times` times, through the tree alone."""
    tree = LearnedNames()
    numbers = [tree.number(text.encode(), str(status).encode()) for _ in range(times) for text, status in requests]
    return by_name(tree, numbers)


def by_name(tree: LearnedNames, numbers: list[int]) -> dict[str, int]:
    names = tree.names()
    found: dict[str, int] = {}
    for number in numbers:
        name = names[number] if number >= 0 else "(no request)"
        found[name] = found.get(name, 0) + 1
    return found


def test_parameters_at_sight() -> None:
    segments = {
        "812": ("{id}", ""),
        "812.csv": ("{id}", ".csv"),
        "0b5c1f3e-8d0a-4f7b-9c1d-1a2b3c4d5e6f": ("{uuid}", ""),
        "2026-11-29": ("{date}", ""),
        "4f2a9c01": ("{hash}", ""),
        "anna%40shop.test": ("{email}", ""),
        "SKU-12-9": ("{name}", ""),
        "x" * 33: ("{name}", ""),
        "latest": ("", ""),
        "latest.csv": ("", ".csv"),
        "oauth2": ("", ""),
        "v1beta1": ("", ""),
        "deadbeef": ("", ""),
        ".env": ("", ""),
        "{id}": ("{id}", ""),
        "{name}.js": ("{name}", ".js"),
    }
    assert {segment: parameter_in(segment) for segment in segments} == segments


def test_names_of_an_api() -> None:
    found = learn(
        ("GET / HTTP/1.1", 200),
        ("GET /api/v2/orders/812 HTTP/1.1", 200),
        ("GET /api/v2/orders/99 HTTP/1.1", 200),
        ("GET /api/v2/orders/latest?x=1 HTTP/1.1", 200),
        ("GET /api/v2/orders/812/items/3 HTTP/1.1", 500),
        ("GET https://shop.test:443/export/7.csv HTTP/2.0", 200),
        ("HEAD /api/v2/orders/812 HTTP/1.1", 200),
        ("GET /oauth2/token HTTP/1.1", 304),
        ("GET /users/me HTTP/1.1", 200),
        ("GET /wp-login.php HTTP/1.1", 404),
        ("GET /secret HTTP/1.1", 401),
        ("GET /probe.php HTTP/1.1", 499),
        ("OPTIONS * HTTP/1.0", 200),
        ("\\x16\\x03", 400),
        ("-", 408),
        ("<BADREQ>", 400),
    )
    assert found == {
        "GET /": 10,
        "GET /api/v2/orders/{id}": 20,
        "GET /api/v2/orders/latest": 10,
        "GET /api/v2/orders/{id}/items/{id}": 10,
        "GET /export/{id}.csv": 10,
        "HEAD /api/v2/orders/{id}": 10,
        "GET /oauth2/token": 10,
        "GET /users/me": 10,
        NO_ROUTE: 40,
        "(no request)": 30,
    }


def test_errors_count_where_the_endpoint_is_known() -> None:
    tree = LearnedNames()
    numbers = [tree.number(f"GET /orders/{number}".encode(), b"200") for number in range(20)]
    numbers.append(tree.number(b"GET /orders/77", b"404"))
    numbers.append(tree.number(b"GET /orders/none", b"404"))
    assert by_name(tree, numbers) == {"GET /orders/{id}": 21, NO_ROUTE: 1}


def test_place_with_many_words_is_a_parameter() -> None:
    dice = random.Random(1)
    names = [f"{dice.choice('abcdefgh')}{dice.choice('aeiou')}{dice.choice('lmnrst')}y" for _ in range(3_000)]
    tree = LearnedNames()
    numbers = [tree.number(f"GET /users/{name}/posts".encode(), b"200") for name in names]
    numbers += [tree.number(b"GET /users/me/posts", b"200") for _ in range(1_000)]
    assert set(by_name(tree, numbers)) <= {"GET /users/{name}/posts", "GET /users/me/posts"}


def test_thirty_thousand_unknown_paths_end_in_one_row() -> None:
    tree = LearnedNames()
    numbers = [tree.number(f"GET /{number:x}/probe{number}.php".encode(), b"404") for number in range(30_000)]
    assert by_name(tree, numbers) == {NO_ROUTE: 30_000}
    assert len(tree._known) <= 20_000


def test_answered_paths_are_bounded() -> None:
    dice = random.Random(2)
    tree = LearnedNames()

    def word() -> str:
        return "".join(dice.choice("abcdefghijklmnop") for _ in range(6))

    numbers = [tree.number(f"GET /{word()}/{word()}/{word()}/{word()}".encode(), b"200") for _ in range(30_000)]
    found = by_name(tree, numbers)
    assert len(found) < 60
    assert sum(found.values()) == 30_000
    assert tree._nodes <= 500
    deep = "/a" * 40
    assert set(learn((f"GET {deep}", 200))) == {MORE}


def test_rare_word_is_not_shown() -> None:
    assert learn(("GET /invite/maria-gonzales", 200), times=2) == {"GET /{name}/{name}": 2}
    assert learn(("GET /invite/maria-gonzales", 200), times=3) == {"GET /invite/maria-gonzales": 3}


def test_names_are_learned_over_many_short_logs() -> None:
    """A check sees some requests a minute: rare endpoints get their names from the memory of earlier runs."""
    dice = random.Random(5)
    hits: dict[str, int] = {}
    names: list[str] = []
    for _ in range(40):
        tree = LearnedNames()
        tree.seed(hits)
        for _ in range(50):
            tree.number(
                f"GET /u/{dice.choice('abcdefgh')}{dice.choice('aeiou')}{dice.choice('klmnr')}".encode(), b"200"
            )
        number = tree.number(f"PATCH /api/orders/{dice.randrange(10**6)}".encode(), b"200")
        names.append(tree.names()[number])
        hits = tree.hits()
    assert names[:2] == ["PATCH /{name}/{name}/{id}"] * 2
    assert names[2:] == ["PATCH /api/orders/{id}"] * 38
    assert hits["PATCH /api/orders/{id}"] == 40
    assert len(hits) < 60
    assert set(tree.names()) == {NO_ROUTE, "GET /u/{name}", "PATCH /api/orders/{id}"}


def test_expression_finds_what_the_tree_finds() -> None:
    """The fast expression gives the same numbers as the tree, for known and for unknown paths."""
    dice = random.Random(3)

    def path() -> str:
        return dice.choice(
            [
                f"/orders/{dice.randrange(10**6)}",
                f"/orders/{dice.randrange(10**6)}/",
                "/orders/latest",
                f"/files/{dice.randrange(99)}.csv",
                f"/files/{dice.choice('abcdefg')}.pdf",
                f"/carts/{uuid.UUID(int=dice.getrandbits(128))}/items",
                f"/days/2026-{dice.randrange(10, 13)}-01",
                f"/u/{dice.choice('abcdefghij')}{dice.choice('klmnopqrstu')}{dice.choice('vwxyz')}",
                f"/mail/{dice.choice('abc')}%40shop.test?x",
                f"/assets/{dice.getrandbits(32):08x}0.js",
                f"/code/{dice.choice('ABC')}-{dice.randrange(1000, 9999)}",
                "/health",
                "//double//slash",
            ]
        )

    tree = LearnedNames()
    for _ in range(6_000):
        tree.number(f"GET {path()} HTTP/1.1".encode(), b"200")
    tree.count({})
    found = 0
    for _ in range(3_000):
        text = f"GET {path()} HTTP/1.1".encode()
        match = tree.match(text)
        if match is not None:
            found += 1
            assert tree.order[match.lastindex or 0] == tree.number(text, b"200"), text
    assert found > 2_900
    for text in (b"GET /nothing/here HTTP/1.1", b"PUT /health HTTP/1.1", b"-", b"GET /orders/812/refund HTTP/1.1"):
        assert tree.match(text) is None


def test_order_of_parts_does_not_matter() -> None:
    parts = [
        {"GET /u/anna": 40, "GET /u/ben": 2, "GET /orders/{id}": 900},
        {f"GET /u/name-{letter}x": 5 for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN"},
        {"GET /u/{name}": 300, "GET /orders/latest": 50, "GET /static/{name}.js": 7, "GET /static/app.js": 2},
    ]
    results = []
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2)):
        hits: dict[str, int] = {}
        for part in order:
            for name, count in parts[part].items():
                hits[name] = hits.get(name, 0) + count
        results.append({name: relearn(hits)[name] for name in sorted(hits)})
    assert results[0] == results[1] == results[2]
    assert results[0]["GET /u/ben"] == "GET /u/{name}"
    assert results[0]["GET /orders/latest"] == "GET /orders/latest"
    assert results[0]["GET /static/app.js"] == "GET /static/{name}.js"
