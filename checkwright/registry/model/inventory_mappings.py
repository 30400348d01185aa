"""Mappings from the machines of an inventory source to roles, pools and parents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from checkwright.registry.model.base import Declaration, RegistryError, here, require_text, short_repr
from checkwright.registry.model.inventory_values import Value
from checkwright.registry.model.role import Role

T_co = TypeVar("T_co", covariant=True)


class Ignored(Declaration):
    """Machines that nobody watches, with the reason: `Ignored(why="no service runs there")`."""

    __slots__ = ("why",)
    why: str

    def __init__(self, *, why: str) -> None:
        origin = here(2)
        if not require_text("Ignored: why", why, origin).strip():
            raise RegistryError("Ignored needs a reason: Ignored(why=...)", origin)
        self._set(why=why, origin=origin)


class Always(Declaration):
    """A role of every machine of the source: `Always(linux)`. It alone does not make a machine watched."""

    __slots__ = ("target",)
    target: Role

    def __init__(self, target: Role) -> None:
        origin = here(2)
        self._set(target=_target("Always", target, origin, (Role,)), origin=origin)


class ByValue(Declaration, Generic[T_co]):
    """The role, or the text, that a value stands for: `ByValue(Trusted("pp_role"), {"web": web, "db": database})`.

    A value that is not listed gives nothing; a machine that no mapping gives a role is an error of the pull.
    """

    __slots__ = ("targets", "value")
    value: Value
    targets: Mapping[str, T_co]

    def __init__(self, value: Value, targets: Mapping[str, T_co]) -> None:
        origin = here(2)
        if not isinstance(value, Value):
            raise RegistryError(f"ByValue: {short_repr(value)} is not a value, such as Fact(...) or Tag(...)", origin)
        if not isinstance(targets, Mapping) or not targets:
            raise RegistryError(f"ByValue: {short_repr(targets)} is not a dict of values", origin)
        for key, target in targets.items():
            require_text("ByValue: the value", key, origin)
            _target(f"ByValue: {key!r}", target, origin, (Role, Ignored, str))
        self._set(value=value, targets=dict(targets), origin=origin)


class ByClass(Declaration):
    """The role of machines whose Puppet catalog holds a class: `ByClass("Postgresql::Server", database)`."""

    __slots__ = ("target", "title")
    title: str
    target: Role | Ignored

    def __init__(self, title: str, target: Role | Ignored) -> None:
        origin = here(2)
        require_text("ByClass: the class", title, origin)
        if not title or any(part[:1] != part[:1].upper() or not part for part in title.split("::")):
            message = f"ByClass: PuppetDB writes each part of {title!r} with a capital, such as Postgresql::Server"
            raise RegistryError(message, origin)
        self._set(title=title, target=_target("ByClass", target, origin, (Role, Ignored)), origin=origin)


class ByName(Declaration):
    """The role of machines with such names in the source, as in file names: `ByName("lb-*", balancer)`."""

    __slots__ = ("pattern", "target")
    pattern: str
    target: Role | Ignored

    def __init__(self, pattern: str, target: Role | Ignored) -> None:
        origin = here(2)
        if not require_text("ByName: the pattern", pattern, origin):
            raise RegistryError("ByName needs a pattern, such as lb-*", origin)
        self._set(pattern=pattern, target=_target("ByName", target, origin, (Role, Ignored)), origin=origin)


RoleMapping = Always | ByValue[Role | Ignored] | ByClass | ByName
#: What a value of text may be: the text itself, a value of the source, or a mapping to texts.
TextMapping = str | Value | ByValue[str]


def _target(what: str, target: object, origin: object, kinds: tuple[type, ...]) -> object:
    if not isinstance(target, kinds):
        names = " or ".join("text" if kind is str else kind.__name__ for kind in kinds)
        raise RegistryError(f"{what}: {short_repr(target)} is not a {names}", origin)  # type: ignore[arg-type]
    return target
