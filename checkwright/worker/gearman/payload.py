"""Payload that mod_gearman puts into a gearman job: AES-256-ECB in base64, without authentication of any kind.

Anybody with the key, or with network access and an old payload, can have any allowed job run and any result believed.
docs/guides/gearman.md describes the consequences.
"""

import base64
import binascii
import os
import re
import stat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher

_KEY_BYTES = 32
_BLOCK = 16
#: A key file is one line; its first 32 bytes count. A much larger file is a different file.
_LARGEST_KEY_FILE = 1_024
#: No execution, no writing by the group, nothing for others: 0640 at most.
_TOO_OPEN = 0o137
#: Beginning of every text of mod_gearman, which noise does not have: `type=service`, `host_name=web1`.
_BEGINNING = re.compile(rb"[a-z_]{2,40}=")


class BadKey(Exception):
    """A key file cannot be used: one sentence."""


class BadPayload(Exception):
    """A payload cannot be understood: one sentence. kind: constant name of the problem, for the log."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(why)
        self.kind = kind


class Codec:
    """Writes and reads payloads with a key, or without one (`encryption=no` of mod_gearman: base64 alone).

    Raises BadKey for a key if the package cryptography is not installed.
    """

    def __init__(self, key: bytes | None = None) -> None:
        self.encrypted = key is not None
        self._cipher = None if key is None else _cipher(key)

    def __repr__(self) -> str:
        return f"Codec({'encrypted' if self.encrypted else 'not encrypted'})"

    def write(self, text: str) -> bytes:
        """Return the payload of a text. Bytes that are not UTF-8 pass as surrogates, as Python reads them."""
        data = text.encode("utf-8", "surrogateescape")
        if self._cipher is not None:
            encryptor = self._cipher.encryptor()
            data = encryptor.update(data + b"\0" * (_BLOCK - len(data) % _BLOCK)) + encryptor.finalize()
        return base64.b64encode(data)

    def read(self, payload: bytes) -> str:
        """Return the text of a payload, up to its first NUL. Raises BadPayload, with the reason if it can be seen."""
        try:
            data = base64.b64decode(b"".join(payload.split()), validate=True)
        except binascii.Error:
            raise BadPayload("base64", "it is not base64") from None
        clear = _text(data)
        if self._cipher is None:
            if clear is None:
                why = "it is encrypted, and no key is set here: name the sender's key with --key-file"
                raise BadPayload("encrypted", why)
            return clear
        if clear is not None:
            why = "it is not encrypted, and a key is set here: set encryption=yes and the key at the sender"
            raise BadPayload("clear", why)
        if not data or len(data) % _BLOCK:
            raise BadPayload("length", f"it is {len(data)} bytes long, which AES never produces")
        decryptor = self._cipher.decryptor()
        text = _text(decryptor.update(data) + decryptor.finalize())
        if text is None:
            raise BadPayload("key", "it decrypts to noise: the key here is not the sender's")
        return text


def read_key(path: str) -> bytes:
    """Return the key in a file: the first 32 bytes of its line. Raises BadKey, which never shows the key."""
    try:
        # Do not block on a pipe without a writer; the check below accepts regular files only.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise BadKey(f"cannot read the key file {path}: {why}") from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise BadKey(f"the key file {path} is not a file")
        if found.st_mode & _TOO_OPEN:
            mode = stat.S_IMODE(found.st_mode)
            raise BadKey(f"the key file {path} has mode {mode:04o}, which is too open for a key: chmod 0640 {path}")
        data = os.read(descriptor, _LARGEST_KEY_FILE + 1)
    finally:
        os.close(descriptor)
    key = data.rstrip()
    if not key:
        raise BadKey(f"the key file {path} is empty")
    if len(data) > _LARGEST_KEY_FILE or b"\n" in key or b"\0" in key:
        raise BadKey(f"the key file {path} is more than one line of text: it holds the key alone")
    return key[:_KEY_BYTES]


def _cipher(key: bytes) -> "Cipher[Any]":
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher
        from cryptography.hazmat.primitives.ciphers.algorithms import AES
        from cryptography.hazmat.primitives.ciphers.modes import ECB
    except ImportError:
        raise BadKey(
            "a key needs the package cryptography, which is not installed here: pip install 'checkwright[worker]'"
        ) from None
    return Cipher(AES(key[:_KEY_BYTES].ljust(_KEY_BYTES, b"\0")), ECB())  # noqa: S305


def _text(data: bytes) -> str | None:
    """Return the text of decrypted bytes, None for noise."""
    return data.partition(b"\0")[0].decode("utf-8", "surrogateescape") if _BEGINNING.match(data) else None
