"""Sensu's token substitution: Go's templates in every string of a check or a hook.

`go_template` lists the parts of Go's language that are missing. Errors have Go's text for a field that is missing and
for most mistakes in a template; others have the same beginning and another end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkwright.testing.go_template import ParseError, TemplateError, render

_NO_VALUE = "<no value>"


class TokenError(Exception):
    """A string cannot be substituted. An agent sends the message as the check's output, with status 3."""


def substitute(value: Any, entity: Mapping[str, Any], key: str = "") -> Any:
    """Return `value` with the tokens in every string replaced by data of the entity. Keys stay as they are.

    entity: data as tokens see it, metadata and spec in one. Raises TokenError.
    """
    if isinstance(value, str):
        return _rendered(value, entity, key)
    if isinstance(value, Mapping):
        return {name: substitute(one, entity, name) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_item(one, entity, key, number) for number, one in enumerate(value)]
    return value


def _item(value: Any, entity: Mapping[str, Any], key: str, number: int) -> Any:
    try:
        return substitute(value, entity, key)
    except TokenError as error:
        raise TokenError(f"couldn't evaluate template for {key}: {error} (array {number})") from None


def _rendered(text: str, entity: Mapping[str, Any], key: str) -> str:
    try:
        result = render(text, entity, key)
    except ParseError as error:
        raise TokenError(f"{key}: could not parse the template: {error}") from None
    except TemplateError as error:
        raise TokenError(f"could not execute the template: {error}") from None
    if _NO_VALUE not in result:
        return result
    # Sensu looks for these words in the result, and executes the template again for the name of the token.
    try:
        render(text, entity, key, missing_is_error=True)
    except TemplateError as error:
        raise TokenError(f"{key}: unmatched token: {error}") from None
    raise TokenError(f"{key}: unmatched token: found an undefined value but could not identify the token")
