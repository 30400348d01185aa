"""Read the imports of all modules from their source, without running it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PACKAGES = ("checks", "checkwright", "icinga_cfg", "nagios_cfg", "sensu")

# load: when the module is imported; call: inside a function; typing: for mypy only.
Moment = Literal["load", "call", "typing"]


@dataclass(frozen=True)
class Import:
    """One import. importer, target: dotted module names. file: relative to the tree."""

    importer: str
    target: str
    moment: Moment
    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.importer} imports {self.target}"


def modules_of(tree: Path) -> dict[str, Path]:
    """Return the dotted names of all modules in the packages of `tree`, and their files relative to it."""
    files = sorted(file.relative_to(tree) for package in PACKAGES for file in (tree / package).rglob("*.py"))
    return {_dotted(file): file for file in files}


def imports_of(tree: Path) -> list[Import]:
    """Return every import in the packages of `tree`, in the order of files and lines."""
    modules = modules_of(tree)
    found = []
    for importer, file in modules.items():
        package = importer if file.name == "__init__.py" else importer.rpartition(".")[0]
        syntax = ast.parse((tree / file).read_text(encoding="utf-8"), filename=str(file))
        for target, moment, line in _walk(syntax, package, "load"):
            # `from a import b` means the module a.b where there is one, and a name in a elsewhere.
            origin, _, name = target.partition(":")
            submodule = f"{origin}.{name}"
            found.append(Import(importer, submodule if submodule in modules else origin, moment, file, line))
    return found


def cycles(imports: list[Import]) -> list[list[str]]:
    """Return the groups of modules that import each other, each sorted; imports for typing do not count."""
    graph: dict[str, set[str]] = {}
    for one in imports:
        if one.moment != "typing" and one.target != one.importer:
            graph.setdefault(one.importer, set()).add(one.target)
    reach = {module: _reachable(graph, module) for module in graph}
    groups = {
        tuple(sorted({other for other in reach[module] if module in reach.get(other, ())} | {module}))
        for module in graph
        if module in reach[module]
    }
    return [list(group) for group in sorted(groups)]


def _dotted(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _walk(node: ast.AST, package: str, moment: Moment) -> Iterator[tuple[str, Moment, int]]:
    """Yield (target, moment, line) below `node`; a target `a:b` is `from a import b`."""
    match node:
        case ast.Import(names=names):
            yield from ((alias.name, moment, node.lineno) for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            base = ".".join(package.split(".")[: len(package.split(".")) - level + 1]) if level else ""
            origin = ".".join(part for part in (base, module) if part)
            yield from ((f"{origin}:{alias.name}", moment, node.lineno) for alias in names)
        case ast.Call(
            func=ast.Name(id="__import__" | "import_module") | ast.Attribute(attr="import_module"),
            args=[ast.Constant(value=str(target)), *_],
        ):
            yield target, moment, node.lineno
        case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
            for statement in node.body:
                yield from _walk(statement, package, "typing")
            for statement in node.orelse:
                yield from _walk(statement, package, moment)
            return
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            moment = "typing" if moment == "typing" else "call"
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, package, moment)


def _reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    reached: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            waiting.extend(graph.get(module, ()))
    return reached
