"""Tests of the search for computations in fleet modules."""

import ast

import pytest

from checkwright.registry.fleet_syntax import find_computations

DECLARES = '''\
"""Payments."""

from __future__ import annotations

import datetime
from shop.plugins.checkout import Checkout

payments: Team = Team("payments", email="a@example.com")
common = (Watch(Disk(paths=["/"])), Watch(Load(), Load.load5.at(warn=-2)))
api = Role("api", owner=payments, watches=(*common, Watch(Checkout(limit=26 * 3_600), every="5m")), labels={"a": "b"})
other = fleet.payments.api
'''

COMPUTES = {
    "def f(): pass": "a function",
    "async def f(): pass": "a function",
    "class A: pass": "a class",
    "if True: pass": "an if",
    "for x in (): pass": "a loop",
    "while x: pass": "a loop",
    "with x: pass": "a with",
    "try: x\nexcept E: pass": "a try",
    "match x:\n case 1: pass": "a match",
    "a = [x for x in y]": "a comprehension",
    "a = Role(watches=tuple(Watch(x) for x in y))": "a call of tuple()",
    "a = Role(watches=(*(w for w in x),))": "a comprehension",
    "a = {x: 1 for x in y}": "a comprehension",
    "a = lambda: 1": "a lambda",
    "a = 1 if x else 2": "an if",
    'a = f"{x}"': "an f-string",
    "a = Host(f'web-{n}')": "an f-string",
    "a = x + y": "a calculation",
    "a = 'x' * 5": "a calculation",
    "a = 9 ** 9 ** 9": "a calculation",
    "a = 1 << 6_000_000_000": "a calculation",
    "a = -(1 << 9)": "a calculation",
    "a = 8 >> 1": "a calculation",
    "a = 8 | 1": "a calculation",
    "a = x[0]": "a subscript",
    "a = x or y": "an and or or",
    "a = x == y": "a comparison",
    "a = (b := 1)": "an assignment inside an expression",
    "a += 1": "a changed variable",
    "del a": "a del",
    "print(1)": "a statement that declares nothing",
    "a = open('x')": "a call of open()",
    "a = f()()": "code (Call)",
    "a.b = 1": "code (Assign)",
    "from x import *": "an import of *",
    "assert x": "code (Assert)",
}


def test_declarations_have_no_findings() -> None:
    assert list(find_computations(ast.parse(DECLARES))) == []


@pytest.mark.parametrize("code", COMPUTES)
def test_computation_is_found_with_its_line(code: str) -> None:
    found = list(find_computations(ast.parse(f'"""Docs."""\n\nx = 1\n{code}\n')))
    assert found[0] == (4, COMPUTES[code])
