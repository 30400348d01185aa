"""nagiosplugin's domain model: the seven modules that a run uses, with types.

`import nagiosplugin` executes its whole package: logging, the cookie file, the runtime and, through
them, re, json and tempfile. That doubles the start of a small check. So this module registers the
package without executing its `__init__`. The first access to an attribute of the package (a project's
own `from nagiosplugin import Cookie`) executes the real `__init__`, and everything is there.
nagiosplugin itself is unmodified. A test fails as soon as a new release makes this unnecessary.

nagiosplugin has no type annotations, so mypy reads the declarations below.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, Self

    class State:
        code: int
        text: str

    Ok: State
    Warn: State
    Critical: State
    Unknown: State

    class Range:
        invert: bool
        start: float
        end: float

        def __init__(self, spec: str) -> None: ...
        def match(self, value: float) -> bool: ...

    class Performance:
        label: str
        value: str
        uom: str
        warn: str
        crit: str
        min: str
        max: str

        def __init__(self, label: str, value: str, uom: str, warn: str, crit: str, min: str, max: str) -> None: ...

    class Metric:
        name: str
        value: Any
        uom: str | None
        min: float | None
        max: float | None
        context: str
        contextobj: "Context"
        resource: "Resource | None"

        def __init__(
            self,
            name: str,
            value: Any,
            uom: str | None = None,
            min: float | None = None,
            max: float | None = None,
            context: str | None = None,
            contextobj: "Context | None" = None,
            resource: "Resource | None" = None,
        ) -> None: ...
        def replace(self, **attr: Any) -> "Metric": ...
        @property
        def description(self) -> str | None: ...
        def evaluate(self) -> "Result": ...
        def performance(self) -> Performance | None: ...

    class Result:
        state: State
        hint: str | None
        metric: Metric | None

        def __init__(self, state: State, hint: str | None = None, metric: Metric | None = None) -> None: ...

    class Results:
        results: list[Result]

        def add(self, *results: Result) -> Self: ...
        def __iter__(self) -> Iterator[Result]: ...
        def __len__(self) -> int: ...

    class Context:
        name: str

        def __init__(
            self,
            name: str,
            fmt_metric: "str | Callable[[Metric, Context], str] | None" = None,
            result_cls: type[Result] = ...,
        ) -> None: ...
        def evaluate(self, metric: Metric, resource: "Resource | None") -> Result: ...
        def performance(self, metric: Metric, resource: "Resource | None") -> Performance | None: ...
        def describe(self, metric: Metric) -> str | None: ...

    class ScalarContext(Context):
        warning: Range
        critical: Range

        def __init__(self, name: str, warning: str | None = None, critical: str | None = None) -> None: ...

    class Resource:
        @property
        def name(self) -> str: ...
        def probe(self) -> Iterable[Metric]: ...

else:

    def _register_package():
        """Register `nagiosplugin` so that its modules can be imported without its `__init__`."""
        # As importlib.util.find_spec does, but without importing importlib.
        specs = (finder.find_spec("nagiosplugin", None) for finder in sys.meta_path)
        spec = next((found for found in specs if found is not None), None)
        if spec is None or spec.loader is None or spec.submodule_search_locations is None:
            return  # the import below reports what is missing

        class DeferredPackage(type(sys)):
            def __getattr__(self, name: str) -> object:
                if name.startswith("__"):
                    raise AttributeError(name)
                self.__class__ = type(sys)
                spec.loader.exec_module(self)
                return getattr(self, name)

        package = DeferredPackage("nagiosplugin")
        package.__spec__ = spec
        package.__loader__ = spec.loader
        package.__file__ = spec.origin
        package.__path__ = spec.submodule_search_locations
        package.__package__ = "nagiosplugin"
        sys.modules["nagiosplugin"] = package

    class _LazyRe:
        """Stand-in for the module `re`, imported on first use. nagiosplugin.performance quotes labels with it."""

        def __getattr__(self, name: str) -> object:
            if name.startswith("__"):
                raise AttributeError(name)  # requested by the import system while the stand-in is registered
            import re

            return getattr(re, name)

    if "nagiosplugin" not in sys.modules:
        _register_package()
    _re = sys.modules.get("re")
    if _re is None:
        sys.modules["re"] = _LazyRe()
    try:
        from nagiosplugin.context import Context, ScalarContext
        from nagiosplugin.metric import Metric
        from nagiosplugin.performance import Performance
        from nagiosplugin.range import Range
        from nagiosplugin.resource import Resource
        from nagiosplugin.result import Result, Results
        from nagiosplugin.state import Critical, Ok, Unknown, Warn
    except ImportError:
        _whole = True  # a release with other modules: load the whole package and use its public names
    else:
        _whole = False
    finally:
        if _re is None:
            del sys.modules["re"]
    if _whole:
        from nagiosplugin import (
            Context,
            Critical,
            Metric,
            Ok,
            Performance,
            Range,
            Resource,
            Result,
            Results,
            ScalarContext,
            Unknown,
            Warn,
        )

    State = type(Ok).__mro__[1]

__all__ = [
    "Context",
    "Critical",
    "Metric",
    "Ok",
    "Performance",
    "Range",
    "Resource",
    "Result",
    "Results",
    "ScalarContext",
    "State",
    "Unknown",
    "Warn",
]
