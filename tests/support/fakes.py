"""Comparison of a fake with the source that it stands for."""

import inspect

from checkwright.core.source import Source


def differences(fake: type[Source]) -> list[str]:
    """Return the methods of a fake whose parameters differ from those of its base class, the real source."""
    real = fake.__base__
    assert real is not None and issubclass(real, Source), f"{fake.__name__} is not a subclass of a source"
    replaced = [name for name in vars(fake) if not name.startswith("__") and hasattr(real, name)]
    assert replaced, f"{fake.__name__} replaces no method of {real.__name__}"
    return [name for name in replaced if _parameters(getattr(fake, name)) != _parameters(getattr(real, name))]


def missing_methods(fake: type[Source]) -> set[str]:
    """Return the public methods that the real source defines and the fake does not replace."""
    real = fake.__base__
    return {name for name in vars(real) if not name.startswith("_") and callable(getattr(real, name))} - set(vars(fake))


def _parameters(method: object) -> list[tuple[str, object, object]]:
    assert callable(method)
    parameters = inspect.signature(method).parameters.values()
    return [(one.name, one.kind, one.default) for one in parameters]
