"""Where a secret is found: never the value."""

import os

from checks.core.current import current
from checks.core.errors import CannotTell


class Secret:
    """A reference to a secret: `Secret(env="CHECKOUT_TOKEN")` or `Secret(file="/etc/checks/checkout")`.

    Safe to print, compare and write into configuration. Only a source calls `value()`.
    """

    __slots__ = ("env", "file")
    env: str
    file: str

    def __init__(self, *, env: str = "", file: str = "") -> None:
        if bool(env) == bool(file):
            raise ValueError('a secret is found in one place: Secret(env="NAME") or Secret(file="/path")')
        object.__setattr__(self, "env", env)
        object.__setattr__(self, "file", file)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Secret cannot be changed")

    def __repr__(self) -> str:
        return f"Secret(env={self.env!r})" if self.env else f"Secret(file={self.file!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and (self.env, self.file) == (other.env, other.file)

    def __hash__(self) -> int:
        return hash((self.env, self.file))

    def value(self) -> str:
        """The secret itself, without the line's end. From here on it is masked in all that this run says.

        Raises CannotTell when it is missing, empty, not readable or not one line of text.
        """
        if self.env:
            found = os.environ.get(self.env, "")
            if not found:
                raise CannotTell(f"the environment variable {self.env}, which should hold a secret, is not set")
        else:
            found = self._from_file()
        if "\n" in found or "\0" in found:
            raise CannotTell(f"the secret in {self.env or self.file} is more than one line")
        current().masked.add(found)
        return found

    def _from_file(self) -> str:
        try:
            with open(self.file, encoding="utf-8") as file:
                found = file.read(65_536).rstrip("\r\n")
        except UnicodeDecodeError:
            raise CannotTell(f"the secret file {self.file} is not text in UTF-8") from None
        except OSError as error:
            raise CannotTell(f"cannot read the secret file {self.file}: {error.strerror}") from None
        if not found:
            raise CannotTell(f"the secret file {self.file} is empty")
        return found


def masker(secrets: "set[str]") -> "list[tuple[str, str]]":
    """What to replace in any text before it is shown, longest first: each secret as it is and as a URL holds it."""
    forms = set()
    for secret in secrets:
        forms.add(secret)
        forms.add("".join(c if c.isascii() and (c.isalnum() or c in "-._~") else _percent(c) for c in secret))
        forms.add(secret.replace("\\", "\\\\").replace('"', '\\"'))
    return [(form, "***") for form in sorted(forms, key=lambda form: (-len(form), form))]


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
