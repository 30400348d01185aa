"""Authorities that TLS trusts: the system's, those of the environment, and certifi's if there are no others."""

import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from checkwright.core.errors import CannotTell, Down
from checkwright.net import trust_store
from checkwright.net.tls_context import TlsContexts, TlsOptions
from checkwright.sources.http import Http
from tests.support.real import require
from tests.support.servers import Authority, Page, web_server

HELLO: Page = (200, {}, b"hello")
VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def hashed(tmp_path: Path, authority: Authority) -> Path:
    """Folder with the authority, as OpenSSL looks it up."""
    folder = tmp_path / "hashed"
    folder.mkdir()
    shutil.copy(authority.file, folder)
    subprocess.run([require("openssl", package="openssl"), "rehash", str(folder)], check=True)
    assert trust_store.is_hashed(str(folder)) and not trust_store.is_hashed(str(tmp_path))
    return folder


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_file_of_the_environment(authority: Authority, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    http = Http()
    with web_server({"/": HELLO}, authority.context("localhost")) as server:
        url = f"https://localhost:{server.port}/"
        with pytest.raises(Down, match="neither trusted nor sent along"):
            http.get(url)
        monkeypatch.setenv(variable, authority.file)
        assert http.get(url).text == "hello"
        monkeypatch.delenv(variable)
        with pytest.raises(Down, match="neither trusted nor sent along"):
            http.get(url)


@pytest.mark.parametrize("variable", ["SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"])
def test_folder_of_the_environment(
    authority: Authority, hashed: Path, tmp_path: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = f"{tmp_path}:{hashed}" if variable == "SSL_CERT_DIR" else str(hashed)
    monkeypatch.setenv(variable, folders)
    with web_server({"/": HELLO}, authority.context("localhost")) as server:
        assert Http().get(f"https://localhost:{server.port}/").text == "hello"


def test_order_of_the_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    assert trust_store.named() == ()
    expected = []
    for name in reversed(VARIABLES):
        monkeypatch.setenv(name, f"/{name}")
        expected.append(trust_store.named())
    assert expected == [
        (("CURL_CA_BUNDLE", "/CURL_CA_BUNDLE"),),
        (("REQUESTS_CA_BUNDLE", "/REQUESTS_CA_BUNDLE"),),
        (("SSL_CERT_DIR", "/SSL_CERT_DIR"),),
        (("SSL_CERT_FILE", "/SSL_CERT_FILE"), ("SSL_CERT_DIR", "/SSL_CERT_DIR")),
    ]


def test_file_that_is_missing_or_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ca.pem"
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(CannotTell, match=f"in {path}, named by SSL_CERT_FILE: No such file"):
        TlsContexts().get(TlsOptions())
    path.write_text("junk")
    with pytest.raises(CannotTell, match=f"in {path}, named by SSL_CERT_FILE, cannot be read"):
        TlsContexts().get(TlsOptions())
    TlsContexts().get(TlsOptions(insecure=True))


def test_option_beats_the_environment(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/none")
    with web_server({"/": HELLO}, authority.context("localhost")) as server:
        assert Http().get(f"https://localhost:{server.port}/", tls=TlsOptions(ca=authority.file)).text == "hello"


def test_one_context_for_each_set_of_authorities(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    contexts = TlsContexts()
    system = contexts.get(TlsOptions())
    assert contexts.get(TlsOptions()) is system
    assert contexts.get(TlsOptions(ca=authority.file)) is contexts.get(TlsOptions(ca=authority.file)) is not system
    monkeypatch.setenv("SSL_CERT_FILE", authority.file)
    assert contexts.get(TlsOptions()) is not system
    monkeypatch.delenv("SSL_CERT_FILE")
    assert contexts.get(TlsOptions()) is system


def trusted(monkeypatch: pytest.MonkeyPatch, folder: str, file: str, bundles: tuple[str, ...]) -> ssl.SSLContext:
    """Return the context of a machine whose OpenSSL looks for authorities at these places."""
    paths = ssl.get_default_verify_paths()._replace(openssl_capath=folder, openssl_cafile=file)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    monkeypatch.setattr(trust_store, "_BUNDLES", bundles)
    return TlsContexts().get(TlsOptions())


def test_places_of_the_system(
    authority: Authority, hashed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = str(tmp_path / "none")
    for folder, file, bundles, count in (
        (str(hashed), none, (), 0),  # read on demand
        (none, authority.file, (), 1),
        (str(tmp_path), none, (none, authority.file), 1),
    ):
        context = trusted(monkeypatch, folder, file, bundles)
        assert context.cert_store_stats()["x509_ca"] == count


def test_machine_without_authorities_uses_certifi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    none = str(tmp_path / "none")
    assert trusted(monkeypatch, none, none, ()).cert_store_stats()["x509_ca"] > 100
    monkeypatch.setitem(sys.modules, "certifi", None)
    with pytest.raises(CannotTell, match="install the package ca-certificates"):
        trusted(monkeypatch, none, none, ())


def test_changed_bundle_of_the_system_is_read_again(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    none, bundle = str(tmp_path / "none"), tmp_path / "bundle.pem"
    shutil.copy(authority.file, bundle)
    paths = ssl.get_default_verify_paths()._replace(openssl_capath=none, openssl_cafile=str(bundle))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    contexts = TlsContexts()
    first = contexts.get(TlsOptions())
    assert contexts.get(TlsOptions()) is first
    (tmp_path / "other").mkdir()
    bundle.write_text(bundle.read_text() + Path(Authority(tmp_path / "other").file).read_text())
    assert contexts.get(TlsOptions()).cert_store_stats()["x509_ca"] == 2


def test_system_store_is_not_parsed_on_this_machine() -> None:
    """The whole bundle would take 20 ms at each start."""
    if not trust_store.is_hashed(ssl.get_default_verify_paths().openssl_capath):
        pytest.skip("this system has no folder of hashed certificates")
    assert TlsContexts().get(TlsOptions()).cert_store_stats() == {"x509": 0, "crl": 0, "x509_ca": 0}
