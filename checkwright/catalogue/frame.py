"""Frame of each page: head, path to the page, search, footer. Templates are f-strings, and `text` escapes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from checkwright.catalogue import page_paths
from checkwright.registry.plan import Origin
from checkwright.web.markup import visible

_POLICY = "default-src 'none'; style-src 'self' file:; script-src 'self' file:; base-uri 'none'; form-action 'none'"


def text(value: str) -> str:
    """Return a text as markup, for content and for attributes in double quotes."""
    return escape(visible(value))


@dataclass(frozen=True, slots=True)
class Frame:
    """Settings of all pages. source: URL of the project's files with {file} and {line}, "" for none."""

    project: str
    source: str = ""

    def page(self, path: str, title: str, crumbs: Iterable[tuple[str, str]], content: str) -> str:
        """Return a page. crumbs: (text, path) of the pages above it."""
        return f"{self.head(path, title, crumbs)}{content}{self.foot(path)}"

    def head(self, path: str, title: str, crumbs: Iterable[tuple[str, str]]) -> str:
        """Return the part of a page before its content. title: of the window and the first heading."""
        root = page_paths.to_root(path)
        above = [(f"{self.project} catalogue", page_paths.INDEX), *crumbs]
        if path == page_paths.INDEX:
            above = []
        links = " / ".join(f'<a href="{root}{target}">{text(name)}</a>' for name, target in above)
        named = text(title)
        where = "".join(f" - {text(name)}" for name, _ in reversed(above))
        return (
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<title>{named}{where}</title><link rel="stylesheet" href="{root}{page_paths.STYLE}"></head>'
            f'<body data-root="{root}"><a class="skip" href="#:main">Skip to content</a>'
            f'<header><nav aria-label="Path">{links or named}</nav><div class="search" role="search">'
            '<input id=":search" type="search" placeholder="Search servers, roles, watches (press /)" '
            'aria-label="Search servers, roles, watches, checks, teams, reasons" role="combobox" aria-expanded="false" '
            'aria-controls=":found" aria-autocomplete="list" autocomplete="off" spellcheck="false" hidden>'
            '<ul id=":found" class="found" role="listbox" aria-label="Results" hidden></ul></div></header>'
            f'<main id=":main"><h1>{named}</h1>\n'
        )

    def foot(self, path: str) -> str:
        """Return the part of a page after its content."""
        root = page_paths.to_root(path)
        return (
            f"</main>\n<footer>Made by checkctl catalogue from the registry of {text(self.project)}.</footer>"
            f'<script src="{root}{page_paths.SEARCH}"></script></body></html>\n'
        )

    def place(self, origin: Origin) -> str:
        """Return file and line of a declaration, as a link where the project's files have a URL."""
        shown = f"<code>{text(str(origin)).replace('/', '/<wbr>')}</code>"
        if not self.source or not origin.file.startswith(f"{self.project}/"):  # the library has another repository
            return shown
        url = self.source.replace("{file}", origin.file).replace("{line}", str(origin.line))
        return f'<a href="{text(url)}">{shown}</a>'


def link(root: str, path: str, name: str) -> str:
    """Return a link to another page of the catalogue. root: the relative link from this page to its folder."""
    return f'<a href="{root}{path}">{text(name)}</a>'


def outside(url: str) -> str:
    """Return a link to a URL that is shown, or its text if it is no http address."""
    if not url.startswith(("http://", "https://")):
        return text(url)
    return f'<a href="{text(url)}">{text(url)}</a>'


def day(until: str) -> str:
    """Return the last day of an exception, which a script marks once it is past."""
    return f'until <time datetime="{text(until)}">{text(until)}</time>' if until else "no end"


def table(columns: Sequence[str], rows: Iterable[str], kind: str = "stack") -> str:
    """Return a table that stacks its cells on narrow screens. rows: markup of rows."""
    heads = "".join(f'<th scope="col">{text(name)}</th>' for name in columns)
    return (
        f'<div class="wide"><table class="{kind}"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>\n"
    )


def row(head: str, cells: Iterable[tuple[str, str]], anchor: str = "") -> str:
    """Return a row of a table. head: markup of its first cell. cells: (name of the column, markup)."""
    inside = "".join(f'<td data-l="{text(name)}">{content}</td>' if content else "<td></td>" for name, content in cells)
    mark = f' id="{text(anchor)}"' if anchor else ""
    return f'<tr{mark}><th scope="row">{head}</th>{inside}</tr>'


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Return a list of names and values (markup), without those of no value."""
    inside = "".join(f"<dt>{text(name)}</dt><dd>{value}</dd>" for name, value in pairs if value)
    return f'<dl class="facts">{inside}</dl>\n'


def bullets(items: Iterable[str], kind: str = "") -> str:
    """Return a list of markup."""
    inside = "".join(f"<li>{item}</li>" for item in items)
    return f"<ul{f' class={chr(34)}{kind}{chr(34)}' if kind else ''}>{inside}</ul>" if inside else ""
