"""SHA-256 without OpenSSL: the import of hashlib loads its library, which takes 3 ms of every check with a memory."""

#: Modules with Python's own implementation, in 3.11 and from 3.12 on. A build may lack both.
_MODULES = ("_sha256", "_sha2", "hashlib")


def sha256_digits(data: bytes) -> str:
    """Return the SHA-256 of some bytes as 64 hexadecimal digits."""
    for name in _MODULES:
        try:
            module = __import__(name)
        except ImportError:
            continue
        return str(module.sha256(data).hexdigest())
    raise AssertionError("hashlib is part of Python")
