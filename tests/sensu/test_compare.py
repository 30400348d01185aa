"""Tests of the comparison of a plan with a dump of Sensu."""

from dataclasses import replace

import pytest

import sensu
from checkwright.registry.plan import Entry
from sensu import sensuctl_files
from sensu.compare import differences
from tests.sensu.plans import entry, host, plan, shop


def between(old: str, *watches: Entry) -> tuple[str, ...]:
    return differences(sensu.render(plan(*watches)), old, project="shop", namespace="production")


def text(*watches: Entry) -> str:
    return sensu.dump(sensu.render(plan(*watches)), "json")


@pytest.mark.parametrize("format", ["json", "yaml"])
def test_build_does_not_differ_from_itself(format: str) -> None:
    resources = sensu.render(shop())
    written = sensu.dump(resources, "json" if format == "json" else "yaml")
    assert differences(resources, written, project="shop", namespace="production") == ()


def test_differences_name_new_removed_and_changed_resources() -> None:
    old = text(entry("disk", interval=60), entry("load"))
    assert between(old, entry("disk", interval=30, notify="nobody"), entry("swap")) == (
        '~ CheckConfig production/web.disk: spec.handlers: ["page"] -> unset',
        "~ CheckConfig production/web.disk: spec.interval: 60 -> 30",
        "~ CheckConfig production/web.disk: spec.ttl: 192 -> 102",
        "- CheckConfig production/web.load",
        "+ CheckConfig production/web.swap",
    )


def test_fields_that_sensu_adds_are_no_difference() -> None:
    old = text(entry()).replace('"interval": 60', '"cron": "", "stdin": false, "check_hooks": null, "interval": 60')
    old = old.replace('"namespace": "production"', '"created_by": "admin", "namespace": "production"')
    assert between(old, entry()) == ()


def test_resources_of_others_are_ignored() -> None:
    ours = text(entry("load"))
    assert between(ours.replace('"cw_project": "shop"', '"cw_project": "other"')) == ()
    assert between(ours.replace('"namespace": "production"', '"namespace": "dev"')) == ()
    assert between(ours) == ("- CheckConfig production/web.load",)


def test_entities_are_compared_by_rendered_fields() -> None:
    watch = entry("ping", where="central")
    made = plan(watch)
    old = sensu.dump(sensu.render(made), "json").replace('"entity_class"', '"last_seen": 5, "entity_class"')
    moved = replace(made, hosts=(host("web-1", address="10.0.0.9"), made.hosts[1]))
    assert differences(sensu.render(moved), old, project="shop", namespace="production") == (
        '~ Entity production/web-1: metadata.labels.cw_address: "10.0.0.1" -> "10.0.0.9"',
    )
    agent = old.replace('"entity_class": "proxy"', '"entity_class": "agent"')
    assert [line[0] for line in differences(sensu.render(made), agent, project="shop", namespace="production")] == [
        "+",
        "+",
    ]


def test_broken_text_is_refused_with_its_line() -> None:
    with pytest.raises(sensuctl_files.Unreadable) as raised:
        between("{\n")
    assert raised.value.line == 2
