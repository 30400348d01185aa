"""References to secrets, and the masking of their values in output."""

import os

from checkwright.core.current import current, doing
from checkwright.core.errors import CannotTell

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Secret:
    """Reference to a secret: `Secret(env="CHECKOUT_TOKEN")` or `Secret(file="/etc/checks/checkout")`.

    Safe to print, compare and write into configuration, since it holds no value. Only a source calls `value()`.
    """

    __slots__ = ("env", "file")
    env: str
    file: str

    def __init__(self, *, env: str = "", file: str = "") -> None:
        if bool(env) == bool(file):
            raise ValueError('a secret has one place: Secret(env="NAME") or Secret(file="/path")')
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
        """Read the secret and return it, without the final newline. From now on this run masks it in all output.

        Raises CannotTell where it is missing, empty, not readable or not one line of text.
        """
        if self.env:
            found = os.environ.get(self.env, "")
            if not found:
                raise CannotTell(f"the environment variable {self.env}, which should hold a secret, is not set")
        else:
            found = self._from_file()
            doing("")
        if "\n" in found or "\0" in found:
            raise CannotTell(f"the secret in {self.env or self.file} is more than one line")
        current().secrets.add(found)
        return found

    def _from_file(self) -> str:
        doing(f"the secret file {self.file}")  # a pipe or a dead file server can block forever
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


def mask(text: str) -> str:
    """Return `text` with `***` for secrets that the current run has read, in all common encodings."""
    secrets = current().secrets
    if secrets:
        for form in sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True):
            text = text.replace(form, "***")
    return text


def _forms(secret: str) -> "tuple[str, ...]":
    """Return the secret in plain form, encoded for URLs and forms, and quoted as in JSON and Python."""
    urls = ["".join(c if c in _UNRESERVED or c in kept else _percent(c) for c in secret) for kept in ("", "/")]
    return (
        secret,
        *urls,
        urls[0].replace("%20", "+"),
        secret.replace("\\", "\\\\").replace('"', '\\"'),
        repr(secret)[1:-1],
    )


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
