"""Simple validation of the JavaScript (ES5) expressions in filters, assets and proxy requests.

It finds an empty expression, and a quote or bracket that is not closed. It does not parse the language, and it never
refuses an expression that Sensu accepts.
"""

from __future__ import annotations

import re

#: Characters that may begin or end a part of an expression.
_MARK = re.compile(r"[\"'/(){}\[\]]")
_CLOSES = {")": "(", "]": "[", "}": "{"}
#: After one of these, or at the start, a slash begins a regular expression. Otherwise it divides.
_BEFORE_A_REGEX = "(,=:[!&|?{};+-*%<>~^"


def error(expression: str) -> str:
    """Return why a text cannot be an expression, as the end of a sentence. Returns "" if no mistake was found."""
    if not expression.strip():
        return "it is empty"
    opened: list[str] = []
    before = ""
    at = 0
    while mark := _MARK.search(expression, at):
        between = expression[at : mark.start()].rstrip()
        before = between[-1] if between else before
        at = mark.start()
        char = expression[at]
        if expression.startswith(("//", "/*"), at):
            end = expression.find("\n" if expression[at + 1] == "/" else "*/", at + 2)
            if end < 0:
                if expression[at + 1] == "*":
                    return "a comment is not closed"
                break
            at = end + (1 if expression[at + 1] == "/" else 2)
            continue
        if char in "\"'" or (char == "/" and (not before or before in _BEFORE_A_REGEX)):
            end = _end(expression, at)
            if end < 0:
                return f"{char} is not closed"
            at = end
        elif char in "([{":
            opened.append(char)
        elif char in _CLOSES and (not opened or opened.pop() != _CLOSES[char]):
            return f"{char} closes nothing"
        before = char
        at += 1
    return f"{opened[-1]} is not closed" if opened else ""


def _end(expression: str, start: int) -> int:
    """Return the position of the quote or slash that closes the one at `start`, -1 if it is not closed."""
    quote = expression[start]
    in_class = False
    at = start + 1
    while at < len(expression) and expression[at] != "\n":
        char = expression[at]
        if char == "\\":
            at += 1
        elif quote == "/" and char in "[]":
            in_class = char == "["
        elif char == quote and not in_class:
            return at
        at += 1
    return -1
