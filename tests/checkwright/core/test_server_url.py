"""URLs that people write: anything but a URL is refused by each of its users, in one sentence."""

import os
from pathlib import Path

import pytest

from checkwright.cli.main import run
from checkwright.core.server_url import split_server_url
from checkwright.notify.channel import BadSettings
from checkwright.notify.channel_http import require_url
from shop import nagios_status

SHOP = Path(nagios_status.__file__).parent
WRONG = (
    "",
    "h",
    "http://",
    "ftp://h",
    "http://[::",
    "http://[x]:1",
    "http://h:x",
    "http://h:99999",
    "http://h:0",
    "http://h i/",
    "http://h\n/",
    "http://\u2100/",
    "http://bücher.example/",
)


@pytest.mark.parametrize("url", ["http://h", "https://h:8443/x?y=1", "http://[::1]:8080"])
def test_url_of_a_server(url: str) -> None:
    parts = split_server_url(url)
    assert parts is not None and parts.geturl() == url


@pytest.mark.parametrize("url", WRONG)
def test_other_text_is_none(url: str) -> None:
    assert split_server_url(url) is None
    with pytest.raises(BadSettings, match="its address is not a URL such as"):
        require_url(url, secret=False)


@pytest.mark.parametrize("url", WRONG[1:])
@pytest.mark.parametrize(
    "words",
    [
        ("sensu", "silence", "production", "web-1", "2h", "--why", "x", "--sensu"),
        ("status", "production", "--sensu"),
        ("backtest", "production", "disk", "--prometheus"),
    ],
    ids=lambda words: words[0],
)
def test_commands_refuse_it(words: tuple[str, ...], url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--project", str(SHOP), *words, url]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "URL of a" in line


def test_key_in_a_pipe_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "key")
    words = ["status", "production", "--sensu", "http://127.0.0.1:9", "--sensu-key", str(tmp_path / "key")]
    assert run(["--project", str(SHOP), *words]) == 2
    assert "key is a pipe, and nobody may ever write to it: name a file" in capsys.readouterr().err
