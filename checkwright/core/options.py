"""Options: the settings of a check. One declaration gives the flag, the type, the help and the docs."""

from checkwright.core.errors import DeclarationError
from checkwright.core.secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, TypeVar, overload

    T = TypeVar("T")
    #: B: a size such as `512M`. s: a duration such as `90s` or `2h`.
    OptionUnit = Literal["B", "s"]

ALLOWED = (
    "an option's type is str, int, float, bool, Path, Secret, Literal of strings, "
    "tuple[T, ...] of these, or one of them | None; or Size, OptionalSize, Duration or OptionalDuration"
)
REST = "..."
_MISSING: "Any" = object()


class FromHost:
    """Placeholder for a value that each host has as a label: `label("port", int)` creates it."""

    __slots__ = ("kind", "name")

    def __init__(self, name: str, kind: type) -> None:
        self.name = name
        self.kind = kind

    def __repr__(self) -> str:
        return f"label({self.name!r}, {self.kind.__name__})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FromHost) and (self.name, self.kind) == (other.name, other.kind)

    def __hash__(self) -> int:
        return hash((self.name, self.kind))


class Choices:
    """Run-time form of checkwright's `Literal["a", "b"]`: the words, and whether None is allowed."""

    __slots__ = ("optional", "words")

    def __init__(self, words: tuple[str, ...], optional: bool = False) -> None:
        self.words = words
        self.optional = optional

    def __class_getitem__(cls, words: "str | tuple[str, ...]") -> "Choices":
        return cls(words if isinstance(words, tuple) else (words,))

    def __or__(self, other: object) -> "Choices":
        if other is not None:
            raise DeclarationError(ALLOWED)
        return Choices(self.words, optional=True)

    __ror__ = __or__


if TYPE_CHECKING:
    # mypy takes a field's type in __init__ from __set__, and the attribute's type from __get__.

    class Size:
        """Type of an option in bytes: a registry may give `512M`, a check reads an int."""

        def __get__(self, instance: object, owner: type) -> int: ...
        def __set__(self, instance: object, value: int | str) -> None: ...

    class OptionalSize:
        """Size or None."""

        def __get__(self, instance: object, owner: type) -> int | None: ...
        def __set__(self, instance: object, value: int | str | None) -> None: ...

    class Duration:
        """Type of an option in seconds: a registry may give `90s`, a check reads a float."""

        def __get__(self, instance: object, owner: type) -> float: ...
        def __set__(self, instance: object, value: float | str) -> None: ...

    class OptionalDuration:
        """Duration or None."""

        def __get__(self, instance: object, owner: type) -> float | None: ...
        def __set__(self, instance: object, value: float | str | None) -> None: ...

else:

    class Quantity:
        """Run-time form of Size, Duration, and their optional variants. kind: the type that a check reads."""

        __slots__ = ("kind", "optional", "unit")

        def __init__(self, kind, unit, optional=False):
            self.kind = kind
            self.unit = unit
            self.optional = optional

        def __or__(self, _other):
            raise DeclarationError("write OptionalSize or OptionalDuration for a size or a duration that may be None")

        __ror__ = __or__

    Size = Quantity("int", "B")
    OptionalSize = Quantity("int", "B", optional=True)
    Duration = Quantity("float", "s")
    OptionalDuration = Quantity("float", "s", optional=True)


class Option:
    """One declared option.

    kind: the type of one value: str, int, float, bool, Path, Secret or choice. many: a tuple of them.
    """

    __slots__ = (
        "choices",
        "default",
        "example",
        "flags",
        "help",
        "kind",
        "literal",
        "many",
        "name",
        "optional",
        "rest",
        "shipped",
        "unit",
    )

    def __init__(
        self,
        help: str,
        default: object,
        flags: str,
        example: str,
        unit: str = "",
        literal: bool = False,
        shipped: str = "",
    ) -> None:
        self.help = help
        self.default = default
        self.example = example
        self.unit = unit
        self.literal = literal
        self.shipped = shipped
        self.rest = flags == REST
        self.flags: tuple[str, ...] = () if self.rest else tuple(flags.split())
        self.name = ""
        self.kind = ""
        self.many = False
        self.optional = False
        self.choices: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        return self.default is _MISSING

    @property
    def metavar(self) -> str:
        """Placeholder of one value in usage texts: `PATH` for `--path`, `SIZE`, `a|b` for choices."""
        if self.choices:
            return "|".join(self.choices)
        if self.unit:
            return "DURATION" if self.unit == "s" else "SIZE"
        long = next((flag for flag in self.flags if flag.startswith("--")), self.name)
        word = long.lstrip("-").replace("-", "_").upper()
        return _singular(word) if self.many else word

    def bind(self, owner: str, name: str, annotation: object) -> None:
        """Take name and type from the class body. Raises DeclarationError."""
        self.name = name
        where = f"{owner}.{name}"
        self._take_type(where, annotation)
        if self.unit not in ("", "B", "s") or (self.unit and self.kind not in ("int", "float")):
            raise DeclarationError(f"{where}: unit={self.unit!r} does not fit: an int or a float may have B or s")
        for flag in self.flags:
            if not (flag.startswith("--") and len(flag) > 3) and not (len(flag) == 2 and flag[0] == "-" != flag[1]):
                raise DeclarationError(f"{where}: {flag!r} is not a flag: write -x or --long")
        if self.rest and (self.kind != "str" or not self.many):
            raise DeclarationError(f'{where}: flags="{REST}" takes all that follows, so its type is tuple[str, ...]')
        if not self.rest and not any(flag.startswith("--") for flag in self.flags):
            self.flags = (*self.flags, "--" + name.replace("_", "-"))
        if self.kind == "bool":
            if self.default is _MISSING or self.many or self.optional:
                raise DeclarationError(f"{where}: a bool is a switch, so it needs default=False or default=True")
            if self.default is True:
                self.flags = tuple("--no-" + flag[2:] for flag in self.flags if flag.startswith("--"))
        if not self.required:
            try:
                self.default = self.validated(self.default)
            except ValueError as error:
                raise DeclarationError(f"{where}: the default {error}") from None
            if self.optional and self.default is not None:
                raise DeclarationError(f"{where}: an option that may be None has None as its default")

    def _take_type(self, where: str, annotation: object) -> None:
        if type(annotation).__name__ == "Quantity":
            self._take_quantity(where, annotation)
            return
        if isinstance(annotation, Choices):
            self.optional = annotation.optional
        elif type(annotation).__name__ in ("UnionType", "_UnionGenericAlias", "Union"):
            parts = [part for part in annotation.__args__ if part is not type(None)]  # type: ignore[attr-defined]
            self.optional = True
            if len(parts) != 1 or len(parts) == len(annotation.__args__):  # type: ignore[attr-defined]
                raise DeclarationError(f"{where}: {ALLOWED}")
            annotation = parts[0]
        if getattr(annotation, "__origin__", None) is tuple:
            arguments = annotation.__args__  # type: ignore[attr-defined]
            if len(arguments) != 2 or arguments[1] is not Ellipsis or self.optional:
                raise DeclarationError(f"{where}: {ALLOWED}")
            self.many = True
            annotation = arguments[0]
            if isinstance(annotation, Choices) and annotation.optional:
                raise DeclarationError(f"{where}: {ALLOWED}")
        if isinstance(annotation, Choices):
            self.kind, self.choices = "choice", annotation.words
        elif type(annotation).__name__ == "_LiteralGenericAlias":
            self.kind, self.choices = "choice", annotation.__args__  # type: ignore[attr-defined]
        elif annotation in (str, int, float, bool, Secret) or _is_path(annotation):
            self.kind = annotation.__name__  # type: ignore[attr-defined]
        else:
            raise DeclarationError(f"{where}: {ALLOWED}")
        if self.kind == "choice" and not all(isinstance(word, str) for word in self.choices):
            raise DeclarationError(f"{where}: {ALLOWED}")
        if self.optional and self.default is _MISSING:
            self.default = None

    def _take_quantity(self, where: str, quantity: "Any") -> None:
        self.kind, self.optional = quantity.kind, quantity.optional
        if self.unit not in ("", quantity.unit):
            raise DeclarationError(f'{where}: write unit="s" for a Duration, and unit="B" for a Size')
        self.unit = quantity.unit
        if self.optional and self.default is _MISSING:
            self.default = None

    @property
    def takes_value(self) -> bool:
        return self.kind != "bool"

    def parse(self, text: str) -> object:
        """Parse one value of a command line. Raises ValueError whose message says what is wrong with it."""
        if "\0" in text:
            raise ValueError("holds a NUL character")
        if self.kind == "int":
            digits = text[1:] if text[:1] in ("-", "+") else text
            if not (digits.isascii() and digits.isdigit()):
                if self.unit:
                    return self._parse_quantity(text)
                raise ValueError(f"{text!r} is not a whole number")
            return int(text)
        if self.kind == "float":
            try:
                value = float(text)
            except ValueError:
                value = float("nan")
            if value != value or value in (float("inf"), float("-inf")) or "_" in text:
                if self.unit:
                    return self._parse_quantity(text)
                raise ValueError(f"{text!r} is not a number")
            return value
        if self.kind == "choice" and text not in self.choices:
            raise ValueError(f"{text!r} is not one of {', '.join(self.choices)}")
        if self.kind == "Path":
            from pathlib import Path

            if not text:
                raise ValueError("is empty: give a path")
            return Path(text)
        return text

    def _parse_quantity(self, text: str) -> float:
        from checkwright.core.quantities import parse_quantity

        value = parse_quantity(text, self.unit)
        if self.kind == "float":
            return float(value)
        if value != int(value):
            raise ValueError(f"{text!r} is not a whole number of {'bytes' if self.unit == 'B' else 'seconds'}")
        return value

    def validated(self, value: object) -> object:
        """Return a value given in Python, checked and frozen. Raises ValueError that names what is expected."""
        if isinstance(value, FromHost):
            if value.kind.__name__ != self.kind and not (self.kind == "choice" and value.kind is str):
                raise ValueError(f"is {value!r}, but the option is a {self.kind}")
            return (value,) if self.many else value
        if self.many:
            if isinstance(value, str) or not isinstance(value, tuple | list):
                raise ValueError(f"is {value!r}, not a tuple of {self.kind}")
            if not value and self.default not in ((), []):
                raise ValueError("is empty, which no command line can express: leave it out, or give one")
            return tuple(self._validated_one(one) for one in value)
        if value is None and self.optional:
            return None
        return self._validated_one(value)

    def _validated_one(self, value: object) -> object:
        if isinstance(value, FromHost):
            return value
        if self.kind == "Secret" and isinstance(value, str):
            raise ValueError(
                'is text: a secret is never written down, write Secret(env="NAME") or Secret(file="/path")'
            )
        if self.unit and isinstance(value, str):
            return self.parse(value)
        if self.kind == "float" and type(value) is int:
            value = float(value)
        fits = (
            value in self.choices
            if self.kind == "choice"
            else (_is_path(type(value)) if self.kind == "Path" else type(value).__name__ == self.kind)
        )
        if not fits:
            raise ValueError(f"is {value!r}, not {self._expected()}")
        if isinstance(value, float) and not float("-inf") < value < float("inf"):
            raise ValueError(f"is {value!r}, not a number")
        if "\0" in str(value):
            raise ValueError("holds a NUL character")
        return value

    def _expected(self) -> str:
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        if self.unit:
            from checkwright.core.quantities import name

            return f"a {name(self.unit)}"
        return f"a {self.kind}"

    def format(self, value: object) -> str:
        """Return one value as text that `parse` accepts: sizes and durations as `512M` and `90s`."""
        if self.unit and isinstance(value, int | float):
            from checkwright.core.quantities import short

            return short(value, self.unit)
        return str(value)

    def words(self, value: object) -> "list[str | FromHost]":
        """Return the arguments that set this value on a command line: the inverse of parsing."""
        if self.kind == "bool":
            return [self.flags[-1]] if value is not self.default else []
        if value is None:
            return []
        flag = next((flag for flag in self.flags if flag.startswith("--")), "")
        words: list[str | FromHost] = []
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Secret):
                place = one.env or one.file
                name = f"{flag}-{'env' if one.env else 'file'}"
                words += [f"{name}={place}"] if place.startswith("-") else [name, place]
                continue
            word = one if isinstance(one, FromHost) else self.format(one)
            if self.rest:
                words.append(word)
            elif isinstance(word, str) and (word.startswith("--") or word in ("-h", "-V")):
                # As a word of its own it would end the options, name a project or request the help text.
                words.append(f"{flag}={word}")
            else:
                words += [flag, word]
        return words


if TYPE_CHECKING:

    @overload
    def option(
        help: str, *, unit: OptionUnit, default: float | str | None = None, flags: str = "", example: str = ""
    ) -> Any: ...
    @overload
    def option(
        help: str, *, default: T, flags: str = "", example: str = "", literal: bool = False, shipped: str = ""
    ) -> T: ...
    @overload
    def option(help: str, *, flags: str = "", example: str = "", literal: bool = False, shipped: str = "") -> Any: ...


def option(
    help: str,
    *,
    default: "Any" = _MISSING,
    flags: str = "",
    example: str = "",
    unit: "OptionUnit | Literal['']" = "",
    literal: bool = False,
    shipped: str = "",
) -> "Any":
    """Declare an option of a check. Its annotation is its type, and it is required unless it has a default.

    help: a noun phrase in sentence case, without a full stop. flags: the command line's names, such as
    "-p --path"; by default `--name`. "..." takes all remaining words. example: a value for the docs.
    unit: "B" with the types Size and OptionalSize, "s" with Duration and OptionalDuration; a command line and a
    registry then accept `10G` or `90s`.
    literal: in a registry, `{host}` and other placeholders in the value stay as they are, as in a query or a template.
    shipped: the value names a file of the project that a build hands out, such as `latency/{}.routes`; see
    `checkwright.core.shipped`. A value with a slash is a path.

        min_free: Size = option("Space that must stay free", default="1G", unit="B")
    """
    return Option(help, default, flags, example, unit, literal, shipped)


def _singular(word: str) -> str:
    if word.endswith("IES"):
        return word[:-3] + "Y"
    if word.endswith("S") and not word.endswith(("SS", "US", "IS", "AS")):
        return word[:-1]
    return word


def _is_path(annotation: object) -> bool:
    return getattr(annotation, "__module__", "").startswith("pathlib") and "Path" in annotation.__name__  # type: ignore[attr-defined]


def resolved(annotation: object, namespace: "dict[str, Any]", where: str) -> object:
    """Return the annotation, evaluated where the module postponed it to text. Raises DeclarationError."""
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, namespace)  # noqa: S307 - the text of a class body that has just been executed
    except Exception as error:
        raise DeclarationError(f"{where}: cannot read the type {annotation!r}: {error}") from None
