"""`checkctl catalogue`: writes a folder as a whole, or says in one sentence why not."""

from pathlib import Path

import pytest

from checkwright.cli.main import run
from tests.support.installed import ROOT

SHOP = ["--project", str(ROOT / "examples/shop")]


def catalogue(*words: str | Path) -> int:
    return run([*SHOP, "catalogue", *map(str, words)])


def test_pages_are_written_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "pages"
    assert catalogue("staging", "production", "--out", out) == 0
    assert f"{out}/index.html: " in capsys.readouterr().err
    assert (out / "host/production/pay-1.html").is_file()
    assert (out / "parity.html").is_file()
    assert not (out / "environment/dev.html").exists()
    assert catalogue("staging", "production", "--out", out) == 0
    assert " unchanged" in capsys.readouterr().err


def test_pages_of_hosts_that_are_gone_are_removed(tmp_path: Path) -> None:
    out = tmp_path / "pages"
    assert catalogue("staging", "qa", "--out", out) == 0
    assert (out / "host/qa/web-qa.html").is_file()
    assert catalogue("staging", "--out", out) == 0
    assert not (out / "host/qa").exists()
    assert (out / "host/staging/web-stg.html").is_file()


def test_folder_of_somebody_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert catalogue("dev", "--out", tmp_path) == 2
    assert "was not made by checkctl and is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_all_environments_by_default_the_largest_first(tmp_path: Path) -> None:
    assert catalogue("--out", tmp_path / "pages") == 0
    front = (tmp_path / "pages/index.html").read_text()
    places = [front.index(f"environment/{name}.html") for name in ("production", "staging", "qa", "dev")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("words", "sentence"),
    {
        ("nowhere",): "nowhere",
        ("dev", "--source", "https://git.example.com/"): "--source",
        ("dev", "--source", "javascript:{file}"): "--source",
    }.items(),
)
def test_wrong_call_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    assert catalogue(*words, "--out", tmp_path / "pages") == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
    assert not (tmp_path / "pages").exists()
