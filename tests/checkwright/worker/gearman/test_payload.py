"""Payloads of mod_gearman: encryption, and reasons why a payload cannot be read."""

import base64
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from hypothesis import given
from hypothesis import strategies as st

from checkwright.worker.gearman.payload import BadKey, BadPayload, Codec, read_key
from tests.support.without_packages import run_without

KEYS = st.binary(min_size=1, max_size=40).filter(lambda key: key[:32].rstrip(b"\0") != b"")
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200)


def test_vector_of_mod_gearman() -> None:
    assert Codec(b"test1234").write("test message") == b"a7HqhQEE8TQBde9uknpPYQ=="


@given(KEYS, TEXTS)
def test_codec_reads_its_own_payloads(key: bytes, text: str) -> None:
    for codec in (Codec(key), Codec()):
        assert codec.read(codec.write(f"type={text}")) == f"type={text}"


@given(st.integers(0, 64))
def test_padding_is_1_to_16_nuls(size: int) -> None:
    key = b"k" * 32
    data = base64.b64decode(Codec(key).write("x" * size))
    decryptor = Cipher(AES(key), ECB()).decryptor()
    clear = decryptor.update(data) + decryptor.finalize()
    assert clear.rstrip(b"\0") == b"x" * size
    assert 1 <= len(clear) - size <= 16


def test_bytes_that_are_no_text_are_kept() -> None:
    text = b"type=caf\xe9".decode("utf-8", "surrogateescape")
    assert Codec(b"key").read(Codec(b"key").write(text)) == text


def test_key_counts_for_32_bytes() -> None:
    assert Codec(b"k" * 32).write("a") == Codec(b"k" * 40).write("a")
    assert Codec(b"k" * 31).write("a") != Codec(b"k" * 32).write("a")


@given(st.binary(max_size=100))
def test_any_payload_is_read_or_refused(payload: bytes) -> None:
    for codec in (Codec(b"key"), Codec()):
        for given_payload in (payload, base64.b64encode(payload)):
            try:
                codec.read(given_payload)
            except BadPayload as bad:
                assert str(bad).startswith("it ")


SECRET, OTHER, CLEAR = Codec(b"secret"), Codec(b"another"), Codec()
BAD = {
    "another key": (SECRET, OTHER.write("type=service\n"), "it decrypts to noise: the key here is not the sender's"),
    "clear, and a key": (SECRET, CLEAR.write("type=service\n"), "it is not encrypted, and a key is set here"),
    "no key": (CLEAR, SECRET.write("type=service\n"), "it is encrypted, and no key is set here"),
    "no base64": (SECRET, b"{not base64}", "it is not base64"),
    "half a block": (SECRET, base64.b64encode(b"x" * 17), "it is 17 bytes long, which AES never produces"),
    "nothing": (SECRET, b"", "it is 0 bytes long"),
    "nothing, in clear": (CLEAR, b"", "it is encrypted, and no key is set here"),
    "ten megabytes of noise": (SECRET, base64.b64encode(os.urandom(160) * 62_500), "it decrypts to noise"),
}


@pytest.mark.parametrize(("codec", "payload", "why"), BAD.values(), ids=BAD)
def test_invalid_payload_has_a_reason(codec: Codec, payload: bytes, why: str) -> None:
    with pytest.raises(BadPayload, match=why):
        codec.read(payload)


def test_payload_in_lines_is_read() -> None:
    lines = base64.encodebytes(base64.b64decode(SECRET.write("type=service\n" + "x" * 200)))
    assert SECRET.read(lines).endswith("xxx")


def test_codec_does_not_show_its_key() -> None:
    assert repr(SECRET) == "Codec(encrypted)"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o440, 0o400])
def test_key_file_is_read(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"a secret of ours \n")
    file.chmod(mode)
    assert read_key(str(file)) == b"a secret of ours"


BAD_FILES = {
    "others may read it": (b"key\n", 0o644, "has mode 0644, which is too open for a key: chmod 0640 "),
    "the group may write it": (b"key\n", 0o660, "has mode 0660"),
    "empty": (b"\n", 0o600, "is empty"),
    "two lines": (b"one\ntwo\n", 0o600, "is more than one line of text"),
    "another file": (b"x" * 10_000, 0o600, "is more than one line of text"),
    "a NUL": (b"a\0b", 0o600, "is more than one line of text"),
}


@pytest.mark.parametrize(("data", "mode", "why"), BAD_FILES.values(), ids=BAD_FILES)
def test_invalid_key_file_has_a_reason(tmp_path: Path, data: bytes, mode: int, why: str) -> None:
    file = tmp_path / "key"
    file.write_bytes(data)
    file.chmod(mode)
    with pytest.raises(BadKey, match=f"^the key file {file} {why}") as caught:
        read_key(str(file))
    assert "one\n" not in str(caught.value)


def test_missing_key_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path, why in (("pipe", "is not a file"), (".", "is not a file"), ("none", "No such file"), ("a\0b", "null")):
        with pytest.raises(BadKey, match=why):
            read_key(str(tmp_path / path))


def test_key_without_cryptography_is_refused_in_one_sentence() -> None:
    code = "from checkwright.worker.gearman.payload import *\nCodec()\ntry: Codec(b'k')\nexcept BadKey as e: print(e)"
    found = run_without({"cryptography"}, code=code)
    assert (found.stderr, found.returncode) == ("", 0)
    assert found.stdout.endswith("is not installed here: pip install 'checkwright[worker]'\n")
