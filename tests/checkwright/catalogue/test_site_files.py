"""The pages: their links have targets, their facts are those of the plan, and nothing of others becomes markup."""

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest

from checkwright.catalogue import search_index
from checkwright.catalogue.host_lists import HOSTS
from checkwright.catalogue.plan_index import PlanIndex
from checkwright.catalogue.site_files import files
from checkwright.parity.compare_with_roles import parity_of
from checkwright.registry.catalogue_links import host_path, host_url, watch_url
from checkwright.registry.loader import load
from checkwright.registry.plan import Plan
from tests.nagios_cfg.hostile import ARGUMENTS
from tests.nagios_cfg.plans import DISK, PRODUCTION, SPLIT, at, large
from tests.support.installed import ROOT


class Reader(HTMLParser):
    """Links, anchors and text of a page, and elements that are not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: list[str] = []
        self.words: list[str] = []
        self.scripts = 0
        self.open: list[str] = []
        self.faults: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link", "input", "br", "wbr"):
            self.open.append(tag)
        self.scripts += tag == "script"
        for name, value in attrs:
            if name in ("href", "src"):
                self.links.append(value or "")
            if name == "id":
                self.anchors.append(value or "")
            if name.startswith("on"):
                self.faults.append(f"{tag} {name}")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).replace("\xa0", " ").split())


def read(pages: dict[str, str]) -> Iterator[tuple[str, Reader]]:
    for path, text in pages.items():
        if path.endswith(".html"):
            yield path, Reader(text)


def broken_links(pages: dict[str, str]) -> list[str]:
    """Return links to files and anchors that are not there."""
    readers = dict(read(pages))
    found = []
    for path, page in readers.items():
        for link in page.links:
            if link.startswith(("http://", "https://")):
                continue
            target, _, anchor = link.partition("#")
            # A browser decodes a URL before it looks for a file.
            file = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(target))) if target else path
            if file not in pages or (anchor and unquote(anchor) not in readers[file].anchors):
                found.append(f"{path}: {link}")
    return found


def test_links_have_targets(pages: dict[str, str]) -> None:
    assert broken_links(pages) == []


def test_broken_link_is_found(pages: dict[str, str]) -> None:
    assert broken_links({"a.html": '<a href="b.html">b</a><a href="#c">c</a><p id="d"><a href="#d">d</a>'}) == [
        "a.html: b.html",
        "a.html: #c",
    ]


def test_elements_are_closed_and_anchors_are_unique(pages: dict[str, str]) -> None:
    for path, page in read(pages):
        assert (path, page.faults, page.open) == (path, [], [])
        assert sorted(set(page.anchors)) == sorted(page.anchors), path


def test_each_thing_has_its_page(plans: Sequence[Plan], pages: dict[str, str]) -> None:
    for plan in plans:
        assert f"environment/{plan.environment}.html" in pages
        for host in plan.hosts:
            assert host_path(plan.environment, host.name) in pages
        for entry in plan.entries:
            page = Reader(pages[f"role/{plan.environment}/{entry.role}.html"])
            assert entry.name in page.anchors
            assert f"check/{entry.check}.html" in pages or f"plugin{entry.plugin}.html" in pages
    assert "team/storefront.html" in pages


def test_page_of_a_host_says_what_it_does_and_who_is_notified(pages: dict[str, str]) -> None:
    text = Reader(pages["host/production/pay-1.html"]).text
    for fact in (
        "Server in the roles payments-api and linux , in production .",
        "10.20.2.11",
        "port=8443",
        "At night it rings payments-pager for checkout.",
        "Used space of /srv: warning above 85 %, critical above 93 % keeps the invoices of 2019 until the audit",
        "Response time: warning above 500 ms, critical above 2 s",
        "pages payments-pager Mon-Fri 09:00-17:00",
        "until 2027-01-31",
        "https://runbooks.example.com/payments/",
        "every 30s",
    ):
        assert fact in text


def test_page_of_a_host_says_what_is_switched_off_and_when_nobody_is_notified(pages: dict[str, str]) -> None:
    staging = Reader(pages["host/staging/web-stg.html"]).text
    assert "puppet is switched off: images are built every night, and Puppet runs only then" in staging
    assert "No watch on this server rings a pager at night." in staging
    database = Reader(pages["host/production/db-1.html"]).text
    assert "Nobody is notified from 2027-03-06 22:00 to 2027-03-07 04:00 : yearly upgrade of PostgreSQL" in database


def test_page_of_a_role_has_each_value_with_its_place(pages: dict[str, str]) -> None:
    text = Reader(pages["role/production/payments-api.html"]).text
    for fact in (
        "Database connections in use above 90 % above 95 % warning: override, shop/ fleet/ environments.py:",
        "the pool was halved, so high use is normal (no end)",
        "On pay-1 other values apply.",
        "every 30s; notifies after 3 bad results, 30s apart; stops after 10s; on the machine over NRPE",
        "checkout --url https://{address}:{label.port}/health --token-file",
        "Status: ok up; warning degraded; anything else critical",
        "Secrets: token from the file /etc/checks/checkout",
    ):
        assert fact in text


def test_page_of_a_check_lists_its_watches(pages: dict[str, str]) -> None:
    text = Reader(pages["check/checkout.html"]).text
    assert "Response time answer above 500 ms above 2 s" in text
    assert "Used by 4 watches" in text
    assert "Used by 3 watches" in Reader(pages["plugin/usr/lib/nagios/plugins/check_ssh.html"]).text


def test_page_of_a_team_shows_its_pages_first(pages: dict[str, str]) -> None:
    text = Reader(pages["team/storefront.html"]).text
    assert "after 30m to platform" in text
    production = text.partition("in production")[2].partition("watches in")[0]
    assert production.index("at all hours") < production.index("Mon-Fri") < production.index("mails storefront@")
    assert "storefront after 30m" in Reader(pages["team/platform.html"]).text


def test_exceptions_have_their_end_and_the_soonest_is_first(pages: dict[str, str]) -> None:
    text = Reader(pages["exceptions.html"]).text.partition("production : 3 overrides")[2]
    assert text.index("until 2027-01-31") < text.index("until 2027-06-30") < text.index("no end")
    assert '<time datetime="2027-01-31">' in pages["exceptions.html"]
    assert "2 hosts and 3 watches yearly upgrade of PostgreSQL" in text


def test_parity_page_folds_what_is_as_the_role_says(pages: dict[str, str]) -> None:
    text = Reader(pages["parity.html"]).text
    assert "notify nobody: nobody is woken for staging" in text
    differing, _, same = text.partition("as the role says wherever the role is")
    assert "switched off images are built every night" in differing
    assert "swap of linux" in same and "swap of linux" not in differing


def test_there_is_no_parity_page_without_parity(plans: Sequence[Plan]) -> None:
    made = files(plans)
    assert "parity.html" not in made
    assert broken_links(made) == []


def test_alerts_link_to_pages_that_exist(plans: Sequence[Plan], pages: dict[str, str]) -> None:
    for plan in plans:
        linked = replace(plan, site=replace(plan.site, catalogue="https://c.example.com/x"))
        for host in linked.hosts:
            assert host_url(linked, host.name).removeprefix("https://c.example.com/x/") in pages
        for entry in linked.entries:
            path, _, anchor = watch_url(linked, entry.role, entry.name).partition("#")
            page = Reader(pages[path.removeprefix("https://c.example.com/x/")])
            assert anchor in page.anchors
            for name in entry.hosts:
                assert entry.name in Reader(pages[host_path(plan.environment, name)]).anchors


def test_equal_plans_give_equal_bytes(plans: Sequence[Plan], pages: dict[str, str]) -> None:
    assert files(plans, parity=parity_of(load(str(ROOT / "examples/shop")))) == pages


def test_revision_is_on_the_front_page_only(plans: Sequence[Plan]) -> None:
    made, old = files(plans, revision="4a3e863"), files(plans)
    assert [path for path in made if made[path] != old[path]] == ["index.html"]
    assert "4a3e863" in Reader(made["index.html"]).text


def test_source_links_to_files_of_the_project_alone(plans: Sequence[Plan]) -> None:
    made = files(plans, source="https://git.example.com/main/{file}#L{line}")
    links = {link for _, page in read(made) for link in page.links if link.startswith("https://git.")}
    assert "https://git.example.com/main/shop/fleet/payments.py#L22" in links
    assert all("/main/shop/" in link for link in links)


HOSTILE_PLAN = replace(
    SPLIT,
    project='<script>alert(1)</script>"',
    roles=tuple(replace(role, summary="<i>" + ARGUMENTS[7], runbook="javascript:alert(1)") for role in SPLIT.roles),
    entries=tuple(
        replace(entry, summary='"><img src=x onerror=alert(1)>', runbook="javascript:alert(1)", why=ARGUMENTS)
        for entry in SPLIT.entries
    ),
    teams=tuple(replace(team, email="<b>@example.com", page="'\"><svg onload=alert(1)>") for team in SPLIT.teams),
)


def test_texts_of_others_become_no_markup() -> None:
    made = files([HOSTILE_PLAN])
    for path, page in read(made):
        assert (path, page.faults, page.scripts) == (path, [], 1)
        assert not any(link.lower().startswith("javascript:") for link in page.links)
        assert not re.search(r"<(img|svg|b>@)", made[path])
    assert "</script" not in made["assets/index.js"].lower().replace("<\\/script", "")


def test_name_leads_out_of_no_folder() -> None:
    names = ("..", ".", "a/../../b", "a b")
    plan = replace(
        PRODUCTION,
        entries=(replace(DISK, hosts=names, limits=()),),
        hosts=tuple(replace(PRODUCTION.hosts[0], name=name) for name in names),
        roles=tuple(replace(role, hosts=names) for role in PRODUCTION.roles if role.name == DISK.role),
        off=(),
        maintenance=(),
    )
    made = files([plan])
    assert all(posixpath.normpath(path) == path and not path.startswith("..") for path in made)
    assert {host_path("production", name) for name in names} <= made.keys()


def test_long_list_of_hosts_is_split() -> None:
    plan = large(2 * HOSTS + 5, 1)
    everything = tuple(host.name for host in plan.hosts)
    plan = replace(plan, roles=(*plan.roles, replace(plan.roles[0], name="linux", hosts=everything)))
    made = files([plan])
    assert broken_links(made) == []
    for first, further in (("environment", "hosts"), ("role", "members")):
        numbers = [path for path in made if path.startswith(f"{further}/")]
        assert {path.rpartition("/")[2] for path in numbers} >= {"2.html", "3.html"}, first
    shown = [name for path, page in read(made) if not path.startswith("host/") for name in page.links]
    for host in plan.hosts:
        assert any(unescape(link).endswith(f"/{host.name}.html") for link in shown), host.name


def test_hosts_with_equal_watches_share_their_rows() -> None:
    index = PlanIndex(large(300, 1))
    assert len({index.key(host.name) for host in index.plan.hosts}) < 20


def test_index_of_the_search_has_every_page(plans: Sequence[Plan], pages: dict[str, str]) -> None:
    rows = search_index.rows([PlanIndex(plan) for plan in plans])
    targets = {row.path.partition("#")[0] for row in rows}
    assert targets <= pages.keys()
    unfound = {path for path in pages if path.startswith(("host/", "role/", "team/", "check/", "plugin/"))} - targets
    assert unfound == set()


@pytest.mark.parametrize(
    ("query", "first"),
    {
        "pay-1": "host/production/pay-1.html",
        "10.20.2.11": "host/production/pay-1.html",
        "payments": "team/payments.html",
        "check_ssh": "check",
        "invoices of 2019": "watch",
        "runbooks.example.com/payments staging": "role/staging/payments-api.html",
        "DISK": "check/disk.html",
        "used inodes database": "watch",
        "nothing-like-it": "",
    }.items(),
)
def test_search_finds(plans: Sequence[Plan], query: str, first: str) -> None:
    found = search_index.search(search_index.rows([PlanIndex(plan) for plan in plans]), query)
    best = found[0] if found else None
    assert (best is None and not first) or (best is not None and first in (best.path, best.kind))


def test_search_of_nothing_finds_nothing(plans: Sequence[Plan]) -> None:
    assert search_index.search(search_index.rows([PlanIndex(plan) for plan in plans]), "  ") == []


def test_change_of_a_limit_changes_few_pages(plans: Sequence[Plan]) -> None:
    (production,) = [plan for plan in plans if plan.environment == "production"]
    entries = tuple(
        replace(entry, limits=tuple(replace(limit, warn="1", origin=at(1)) for limit in entry.limits))
        if entry.id == "payments-api:checkout"
        else entry
        for entry in production.entries
    )
    old, new = files([production]), files([replace(production, entries=entries)])
    assert {path for path in old if old[path] != new[path]} == {
        "check/checkout.html",
        "host/production/pay-1.html",
        "host/production/pay-2.html",
        "role/production/payments-api.html",
    }
