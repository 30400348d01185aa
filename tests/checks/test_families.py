"""Rules for every family of checks: its docstring, its source, its fake. Adding a family needs no change here."""

import ast
import importlib
import inspect

import pytest

from checkwright.core.source import Source
from tests.support.fakes import differences, missing_methods
from tests.support.installed import ROOT

FAMILIES = sorted(path.parent.name for path in (ROOT / "checks").glob("*/__init__.py"))
WITH_SOURCE = [family for family in FAMILIES if (ROOT / "checks" / family / "source.py").exists()]
#: Methods that a fake inherits: opening and closing, and those that work on what the other methods return.
INHERITED = {"open", "open_shared", "close"}


def classes(module: str) -> list[type]:
    """Return the classes that a module defines."""
    members = vars(importlib.import_module(module)).values()
    return [value for value in members if isinstance(value, type) and value.__module__ == module]


def sources_of(family: str) -> list[type[Source]]:
    return [kind for kind in classes(f"checks.{family}.source") if issubclass(kind, Source)]


def fakes_of(family: str) -> list[type[Source]]:
    return [kind for kind in classes(f"checks.{family}.fake") if issubclass(kind, Source)]


@pytest.mark.parametrize("family", FAMILIES)
def test_family_has_a_heading(family: str) -> None:
    """The docs index and the service group use the docstring of the family."""
    text = ast.get_docstring(ast.parse((ROOT / "checks" / family / "__init__.py").read_text(encoding="utf-8")))
    assert text and text.endswith(".") and "\n" not in text


@pytest.mark.parametrize("family", FAMILIES)
def test_tests_of_a_family_mirror_its_folder(family: str) -> None:
    names = {path.stem for path in (ROOT / "checks" / family).glob("*.py")}
    checks = {name for name in names - {"source", "fake"} if not name.startswith("_")}
    tests = {path.stem.removeprefix("test_") for path in (ROOT / "tests/checks" / family).glob("test_*.py")}
    assert checks - tests == set()


@pytest.mark.parametrize("family", WITH_SOURCE)
def test_every_source_has_a_fake(family: str) -> None:
    assert sources_of(family)
    assert {fake.__base__ for fake in fakes_of(family)} == set(sources_of(family))
    assert all(fake.__name__.startswith("Fake") for fake in fakes_of(family))


@pytest.mark.parametrize("family", WITH_SOURCE)
def test_fake_has_the_signatures_of_the_real_source(family: str) -> None:
    assert {fake.__name__: differences(fake) for fake in fakes_of(family) if differences(fake)} == {}


@pytest.mark.parametrize("family", WITH_SOURCE)
def test_fake_never_reaches_the_outside(family: str) -> None:
    """A fake replaces each public method of its source, or the methods that the others call."""
    for fake in fakes_of(family):
        left = missing_methods(fake) - INHERITED
        assert {name for name in left if not calls_only_replaced(fake, name)} == set()


def calls_only_replaced(fake: type[Source], name: str) -> bool:
    """Return True if a method that a fake inherits calls a public method that the fake replaces."""
    real = fake.__mro__[1]
    tree = ast.parse(inspect.getsource(inspect.getmodule(real) or real))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == name]
    called = {node.attr for one in functions for node in ast.walk(one) if isinstance(node, ast.Attribute)}
    return bool(called & {method for method in vars(fake) if not method.startswith("_")})
