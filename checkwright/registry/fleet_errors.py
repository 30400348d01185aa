"""Search for all errors in a fleet module whose import failed.

An import stops at the first error. Fleet modules only declare, so each declaration can be evaluated by itself: one
that fails is reported, and those that need its name are skipped.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

Error = Exception | SystemExit


def errors_in(tree: ast.Module, path: str, module: str) -> Iterator[Error]:
    """Yield every error in a module that holds declarations only, in the order of its lines.

    path, module: the file and the full name of the module.
    """
    package = module if path.endswith("__init__.py") else module.rpartition(".")[0]
    evaluation = _Evaluation(path, {"__name__": module, "__package__": package, "__file__": path})
    for statement in tree.body:
        yield from evaluation.run(statement)


class _Evaluation:
    """Evaluation of a module, statement by statement. `failed` are names without a value."""

    def __init__(self, path: str, namespace: dict[str, object]) -> None:
        self._path = path
        self._namespace = namespace
        self._failed: set[str] = set()

    def run(self, statement: ast.stmt) -> Iterator[Error]:
        try:
            exec(compile(ast.Module([statement], []), self._path, "exec"), self._namespace)  # noqa: S102 - as import does
        except (Exception, SystemExit) as error:
            self._failed |= _names(statement)
            if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
                errors: list[Error] = []
                self._evaluate(statement.value, errors)
                yield from errors
            else:
                yield error

    def _evaluate(self, node: ast.expr, errors: list[Error]) -> bool:
        """Evaluate an expression after its parts. Return False and add the errors if it or a part has no value."""
        has_value = [self._evaluate(part, errors) for part in _parts(node)]
        if not all(has_value):
            return False
        try:
            eval(compile(ast.Expression(node), self._path, "eval"), self._namespace)  # noqa: S307 - as import does
        except (Exception, SystemExit) as error:
            if not (isinstance(error, NameError) and error.name in self._failed):
                errors.append(error)
            return False
        return True


def _parts(node: ast.expr) -> list[ast.expr]:
    """Return the expressions in a tuple, a list, a set, a dict or a call."""
    parts: list[ast.expr | None] = []
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        parts += node.elts
    elif isinstance(node, ast.Dict):
        parts += [*node.keys, *node.values]
    elif isinstance(node, ast.Call):
        parts += [node.func, *node.args, *(keyword.value for keyword in node.keywords)]
    return [part.value if isinstance(part, ast.Starred) else part for part in parts if part is not None]


def _names(statement: ast.stmt) -> set[str]:
    """Return the names that a statement would have defined."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
