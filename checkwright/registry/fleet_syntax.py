"""Search for computations in the syntax tree of a fleet module, before it is imported.

This is lint, not a sandbox: the imports of a fleet module may do anything, so build as an unprivileged user.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

_NAMES: dict[type[ast.AST], str] = {
    ast.FunctionDef: "a function",
    ast.AsyncFunctionDef: "a function",
    ast.ClassDef: "a class",
    ast.If: "an if",
    ast.IfExp: "an if",
    ast.For: "a loop",
    ast.AsyncFor: "a loop",
    ast.While: "a loop",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.Lambda: "a lambda",
    ast.With: "a with",
    ast.Try: "a try",
    ast.Match: "a match",
    ast.JoinedStr: "an f-string",
    ast.NamedExpr: "an assignment inside an expression",
    ast.AugAssign: "a changed variable",
    ast.Delete: "a del",
    ast.Subscript: "a subscript",
    ast.Compare: "a comparison",
    ast.BoolOp: "an and or or",
    ast.BinOp: "a calculation",
    ast.UnaryOp: "a calculation",
    ast.Expr: "a statement that declares nothing",
}


#: Operators whose result is about as long as their operands: `1 << 10**9` would take a gigabyte.
_BOUNDED = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)


def find_computations(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield each line (from 1) that computes something, with the name of the construct, such as `a loop`."""
    for statement in tree.body:
        yield from _statement(statement)


def _statement(node: ast.stmt) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Import):
        return
    if isinstance(node, ast.ImportFrom):
        if any(name.name == "*" for name in node.names):
            yield node.lineno, "an import of *"
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    elif isinstance(node, ast.Assign) and all(isinstance(target, ast.Name) for target in node.targets):
        yield from _value(node.value)
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        if node.value is not None:
            yield from _value(node.value)
    else:
        yield node.lineno, _name(node)


def _value(node: ast.expr) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Constant) or _is_dotted(node) or _is_number(node):
        return
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        for one in node.elts:
            yield from _value(one.value if isinstance(one, ast.Starred) else one)
    elif isinstance(node, ast.Dict):
        for key in node.keys:
            if key is not None:
                yield from _value(key)
        for one in node.values:
            yield from _value(one)
    elif isinstance(node, ast.Call) and _is_dotted(node.func):
        if isinstance(node.func, ast.Name) and hasattr(builtins, node.func.id):
            yield node.lineno, f"a call of {node.func.id}()"
        for one in (*node.args, *(keyword.value for keyword in node.keywords)):
            yield from _value(one.value if isinstance(one, ast.Starred) else one)
    else:
        yield node.lineno, _name(node)


def _is_dotted(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _is_number(node: ast.expr) -> bool:
    """Return whether this is a number or a product of numbers: `26 * 3_600` is easier to read than 93600."""
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub | ast.UAdd) and _is_number(node.operand)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, _BOUNDED) and _is_number(node.left) and _is_number(node.right)
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def _name(node: ast.AST) -> str:
    return _NAMES.get(type(node), f"code ({type(node).__name__})")
