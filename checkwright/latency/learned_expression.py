"""The tree of learned names as one regular expression, which finds known names several times as fast as the tree.

It matches only what the tree has already learned: any other request goes through the tree, and may teach it.
"""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from checkwright.latency.learned_names import Place

_ANY = rb"[^/ ?;#]"
_END = rb"(?![^/ ?;#])"
_KINDS = {
    "{id}": rb"[0-9]++",
    "{uuid}": rb"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
    "{date}": rb"\d{4}-\d\d-\d\d",
    "{hash}": rb"(?=[a-fA-F]*\d)(?:[0-9a-fA-F]{2}){4,}",
    "{email}": rb"[^/ ?;#]*(?:@|%40)[^/ ?;#]*",
    "{name}": rb"(?:(?=(?:[^/ ?;#\d]*\d){3})[^/ ?;#]+|[^/ ?;#]{33,})",
}


def expression(
    methods: "Mapping[str, Place]", resolved: "Mapping[int, int]", endings: "Collection[str]"
) -> "tuple[Callable[[bytes], re.Match[bytes] | None], list[int]]":
    """Return an expression for requests, and the number of the name for each of its groups.

    methods: the roots of the tree. resolved: final number by the number in a place. endings: known endings of files.
    """
    with_ending = (
        b"(?!" + _ANY + rb"+\.(?i:" + b"|".join(re.escape(one.encode()) for one in sorted(endings)) + b")" + _END + b")"
    )
    order = [0]

    def below(place: "Place") -> bytes:
        choices = [
            re.escape(word.encode("utf-8", "surrogateescape")) + _END + below(child)
            for word, child in place.words.items()
        ]
        for ending, (kinds, child) in place.parameters.items():
            stop = re.escape(ending.encode()) + _END
            if place.full:
                text = _ANY + b"+?" + stop if ending else with_ending + _ANY + b"++"
            else:
                text = b"(?:" + b"|".join(_KINDS[kind] for kind in sorted(kinds) if kind in _KINDS) + b")" + stop
                text = text if ending else with_ending + text
            choices.append(text + below(child))
        if choices:
            choices = [b"/++(?:" + b"|".join(choices) + b")"]
        if place.end:
            order.append(resolved[place.end])
            choices.append(rb"()/*+(?![^ ?;#])")
        return b"(?:" + b"|".join(choices) + b")" if choices else b"(?!)"

    whole = [re.escape(method.encode()) + rb" (?:https?://[^/ ?]*+)?" + below(root) for method, root in methods.items()]
    return re.compile(b"|".join(whole) if whole else rb"(?!)").match, order
