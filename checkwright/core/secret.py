"""References to secrets, and the masking of their values in output."""

import os

from checkwright.core.current import current, doing
from checkwright.core.errors import CannotTell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from re import Pattern

#: Characters that begin the encoding of another one, in URLs, forms, JSON, Python and HTML.
_ENCODED = "%+\\&"
_ENTITIES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos", "/": "sol", "=": "equals", "+": "plus"}
#: Characters of the longest encoding of one, such as four times `%2525F0`.
_MOST_PER_CHARACTER = 30
#: Longer secrets are masked in their plain and their common forms only.
_LONGEST_ENCODED = 1_000
_patterns: "dict[frozenset[str], Pattern[str]]" = {}
_plain: dict[frozenset[str], list[str]] = {}
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
        """Read the secret and return it without the final newline. From then on this run masks it in all output.

        Raises CannotTell if it is missing, empty, not readable or not one line of text.
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
    """Return `text` with `***` for secrets that the current run has read, in all common encodings.

    The user and password of a URL are masked in every text: a server may name one in a redirect, an administrator one
    in the address of a proxy.
    """
    secrets = current().secrets
    if secrets:
        for form in _all_forms(frozenset(secrets)):
            text = text.replace(form, "***")
        if any(mark in text for mark in _ENCODED):
            pattern = _pattern(frozenset(secret for secret in secrets if len(secret) <= _LONGEST_ENCODED))
            text = pattern.sub("***", text)
    if "@" in text and "//" in text:
        import re

        text = re.sub(r"(?<=//)[^\s/?#@]*:[^\s/?#]*@", "***@", text)
    if "/\\/" in text or "%2F" in text or "%2f" in text:  # a URL in JSON, or as a parameter of another one
        import re

        text = re.sub(r"(/\\/)[^\s/?#@\\]*:[^\s/?#\\]*@", r"\1***@", text)
        text = re.sub(
            r"(%2f%2f)(?:(?!%2f|%3a|%40)[^\s/?#@&])*%3a(?:(?!%2f|%40)[^\s/?#@&])*(%40)", r"\1***\2", text, flags=re.I
        )
    return text


def beginning(text: str | bytes, limit: int) -> str:
    """Return at most `limit` characters of the beginning of a text, masked. Bytes are decoded as UTF-8.

    Use it for every cut: half of a secret is not recognized any more, so a cut comes after the masking.
    """
    reach = _MOST_PER_CHARACTER * max(map(len, current().secrets), default=0)
    part = text[: limit + reach]
    shown = part.decode("utf-8", "backslashreplace") if isinstance(part, bytes) else part
    shown = mask(shown)
    if len(part) < len(text) and reach:
        shown = shown[:-reach]  # here half of a secret may be left
    return shown[:limit]


def _all_forms(secrets: frozenset[str]) -> list[str]:
    """Return the common forms of secrets, the longest first."""
    known = _plain.get(secrets)
    if known is None:
        known = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)
        _plain.clear()  # of one run, or a few that take turns
        _plain[secrets] = known
    return known


def _forms(secret: str) -> "tuple[str, ...]":
    """Return the secret in plain form, encoded for URLs and forms, and quoted as in JSON and Python."""
    urls = ["".join(c if c in _UNRESERVED or c in kept else _percent(c) for c in secret) for kept in ("", "/")]
    return (
        secret,
        *urls,
        urls[0].replace("%20", "+"),
        secret.replace("\\", "\\\\").replace('"', '\\"'),
        repr(secret)[1:-1],
        secret.encode("utf-8", "surrogateescape").decode("latin-1"),  # UTF-8 that was read as Latin-1
    )


def _pattern(secrets: frozenset[str]) -> "Pattern[str]":
    """Return a pattern for the secrets with any mixture of encodings, character by character."""
    import re

    known = _patterns.get(secrets)
    if known is None:
        ordered = sorted(secrets, key=len, reverse=True)
        known = re.compile("|".join("".join(map(_encodings, secret)) for secret in ordered) or "(?!)")
        _patterns.clear()  # of one run, or a few that take turns
        _patterns[secrets] = known
    return known


def _encodings(character: str) -> str:
    r"""Return a pattern for one character: plain, `\/`, `%2f`, `%252f`, `\u002f`, `\u{2f}`, `\057`, `&#47;`, `&sol;`.

    Characters beyond ASCII are encoded as UTF-8 or Latin-1.
    """
    import re

    code = ord(character)
    units = character.encode("utf-16-be", "surrogatepass").hex()
    unicode = "".join(r"\\{1,3}u" + units[at : at + 4] for at in range(0, len(units), 4))
    encoded = [
        unicode,
        rf"\\{{1,3}}u\{{0{{0,5}}{code:x}\}}",
        rf"\\{{1,3}}U{code:08x}",
        f"&(?:amp;){{0,2}}#0{{0,5}}{code}(?:;|(?![0-9]))",
        f"&(?:amp;){{0,2}}#x0{{0,5}}{code:x}(?:;|(?![0-9a-f]))",
    ]
    many = [character.encode("utf-8", "surrogatepass"), *([bytes([code])] if code < 256 else [])]
    for each in dict.fromkeys(many):
        encoded.append("".join(f"%(?:25){{0,2}}{byte:02x}" for byte in each))
        encoded.append("".join(rf"\\{{1,3}}x{byte:02x}" for byte in each))
        encoded.append("".join(rf"\\{{1,3}}{byte:03o}" for byte in each))
    if character == "\t":
        encoded.append(r"\\{1,3}t")
    if name := _ENTITIES.get(character) or _entity(code):
        encoded.append(f"&(?:amp;){{0,2}}{name};")
    # The encodings come first: a plain `&` is also the beginning of `&amp;`.
    forms = [f"(?i:{'|'.join(encoded)})", r"\\{0,3}" + re.escape(character), *([r"\+"] if character == " " else [])]
    return f"(?:{'|'.join(forms)})"


def _entity(code: int) -> str:
    """Return the name of a character beyond ASCII in HTML, such as `auml`, "" for none."""
    if code < 160:
        return ""
    from html.entities import codepoint2name

    return codepoint2name.get(code, "")


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
