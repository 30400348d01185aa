"""Rules about files that are loaded: R001 and R002. `registry/loader.py` and `registry/planning.py` apply them."""

from __future__ import annotations

from checkwright.registry.findings import Rule


class Unreadable(Rule):
    """A fleet module or an inventory cannot be loaded.

    The message names the mistake: a syntax error, an unknown option, a value that is not permitted.

    Wrong:
        Watch(Disk(path="/")),

    Right:
        Watch(Disk(paths=("/",))),
    """

    id = "R001"
    hint = ""


class ComputedDeclaration(Rule):
    """A fleet module computes something instead of declaring it.

    Fleet modules contain only imports, assignments and calls of declarations. So every declaration has one line, and a
    reader knows the result without running anything.

    Wrong:
        hosts = [Host(f"web-{number}", f"10.0.1.{number}", roles=(web,)) for number in range(1, 3)]

    Right:
        web_1 = Host("web-1", "10.0.1.1", roles=(web,))
        web_2 = Host("web-2", "10.0.1.2", roles=(web,))
    """

    id = "R002"
    hint = "write each declaration out; computations belong in a check"
