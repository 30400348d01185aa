"""The documentation site: it builds without a warning, its links have targets, and it loads nothing from elsewhere."""

import json
import re
import tomllib
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.support.installed import ROOT
from tests.support.site import Built, build_site

#: Attributes whose target a browser loads by itself, by element. A link of these relations is no request.
LOADS = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("link", "href"), ("object", "data")}
NO_REQUEST = {"canonical", "prev", "next"}


class Page(HTMLParser):
    """ids: of all elements. links: targets of links. loads: targets that a browser loads by itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.ids.add(values["id"])
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        for name, value in values.items():
            if (tag, name) in LOADS and values.get("rel") not in NO_REQUEST:
                self.loads.append(value)


@cache
def parsed(file: Path) -> Page:
    return Page(file.read_text(encoding="utf-8"))


def html_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.html"))


def broken(folder: Path) -> list[str]:
    """Return the links and loaded files of a built site whose file or heading is missing."""
    found = []
    for file in html_files(folder):
        if file.name == "404.html":  # Its links begin at the root of a host.
            continue
        for target in (*parsed(file).links, *parsed(file).loads):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            path = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            path = path / "index.html" if path.is_dir() else path
            known = path.is_file() and (not parts.fragment or unquote(parts.fragment) in parsed(path).ids)
            if not known:
                found.append(f"{file.relative_to(folder)}: {target}")
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build_site(tmp_path_factory.mktemp("site"))


def test_site_builds_without_a_warning(site: Built) -> None:
    assert (site.status, "No issues found" in site.output) == (0, True), site.output


@pytest.mark.slow
def test_every_page_is_in_the_site(site: Built) -> None:
    pages = {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md") if path.name[0] != "."}
    names = {path.parent if path.name in ("README.md", "index.md") else path.with_suffix("") for path in pages}
    assert {path.parent.relative_to(site.folder) for path in site.folder.rglob("index.html")} == names


def test_every_page_is_in_the_navigation() -> None:
    listed: set[str] = set()

    def collect(entry: object) -> None:
        if isinstance(entry, str):
            listed.add(entry)
        elif isinstance(entry, dict):
            collect([*entry.values()])
        elif isinstance(entry, list):
            for one in entry:
                collect(one)

    collect(tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"])
    checks = "reference/checks/"
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert {page for page in pages if not page.startswith(checks)} | {checks} == listed


def test_links_and_links_to_headings_have_targets(site: Built) -> None:
    assert len(html_files(site.folder)) > 100
    assert broken(site.folder) == []


@pytest.mark.slow
def test_broken_links_fail_the_build(tmp_path: Path) -> None:
    links = "\n[file](nowhere.md) [heading](install.md#nothing-of-the-kind)\n"
    built = build_site(tmp_path, extra={"start/install.md": links})
    assert built.status != 0
    assert "page does not exist" in built.output
    assert "2 issues found" in built.output


def test_link_check_finds_a_missing_file_and_a_missing_heading(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/index.html").write_text('<h1 id="here">A</h1><a href="#here"></a><a href="../b/#x"></a>')
    (tmp_path / "index.html").write_text('<a href="a/#here"></a><a href="a/#there"></a><img src="c.png">')
    assert broken(tmp_path) == ["a/index.html: ../b/#x", "index.html: a/#there", "index.html: c.png"]


@pytest.mark.slow
def test_nothing_is_loaded_from_another_host(site: Built) -> None:
    for file in html_files(site.folder):
        assert [target for target in parsed(file).loads if urlsplit(target).netloc] == [], file
        assert 'http-equiv="Content-Security-Policy" content="default-src \'self\';' in file.read_text(), file
    for file in site.folder.rglob("*.css"):
        text = file.read_text(encoding="utf-8")
        loaded = re.findall(r"url\(\s*[\"']?([^\"')]+)|@import\s+[\"']([^\"']+)", text)
        assert [one for pair in loaded for one in pair if urlsplit(one).netloc] == [], file


@pytest.mark.slow
def test_search_index_has_every_check(site: Built) -> None:
    index = json.loads((site.folder / "search.json").read_text(encoding="utf-8"))
    titles = {item["title"] for item in index["items"]}
    assert {path.stem for path in (ROOT / "docs/reference/checks").glob("[a-z]*.md")} <= titles


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.stem)
def test_blocks_in_lists_are_indented_by_four(page: Path) -> None:
    # GitHub accepts less, but Python-Markdown ends the list there.
    assert re.findall(r"^ {1,3}```.*", page.read_text(encoding="utf-8"), flags=re.MULTILINE) == []
