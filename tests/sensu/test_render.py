"""Golden files of whole plans, and tests of each decision of the rendering."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

import sensu
from checkwright.registry.findings import FindingsError
from checkwright.registry.plan import Entry, Origin, Placeholder, Plan, Pool, SensuAgents
from sensu import Asset, AssetBuild, CheckConfig, Entity
from tests.sensu.javascript import evaluated
from tests.sensu.plans import CHECK, entry, host, plan, shop, words
from tests.support.golden_file import assert_golden

GOLDENS = Path(__file__).parent / "goldens"


def only_check(made: Plan) -> CheckConfig:
    (check,) = watched(made)
    return check


def watched(made: Plan) -> list[CheckConfig]:
    """Return the checks of the plan's entries, without host checks."""
    checks = [one for one in sensu.render(made) if isinstance(one, CheckConfig)]
    return [one for one in checks if not one.name.startswith("host-up")]


def rendered(one: Entry) -> CheckConfig:
    return only_check(plan(one))


@pytest.mark.parametrize("format", ["json", "yaml"])
def test_shop_golden(format: str) -> None:
    resources = sensu.render(shop())
    text = sensu.dump(resources, "json" if format == "json" else "yaml")
    assert_golden(GOLDENS / f"shop.{format}", text)


def test_agents_golden() -> None:
    files = sensu.agent_files(shop())
    assert sorted(files) == [
        "central.agent.yml",
        "hosts/api-1.agent.yml",
        "hosts/api-2.agent.yml",
        "hosts/api-3.agent.yml",
    ]
    assert_golden(GOLDENS / "api-1.agent.yml", files["hosts/api-1.agent.yml"])
    assert_golden(GOLDENS / "central.agent.yml", files["central.agent.yml"])


def test_checks_of_a_pool_run_on_its_agents() -> None:
    made = plan(entry("a", where="central", pool="dc1"), entry("b", where="central"), entry("c"))
    checks = {one.name: one for one in watched(made)}
    assert {name: check.subscriptions for name, check in checks.items()} == {
        "web.a": ("pool.dc1",),
        "web.b": ("central",),
        "web.c": ("web",),
    }
    assert checks["web.a"].round_robin and checks["web.a"].proxy_requests == checks["web.b"].proxy_requests
    files = sensu.agent_files(made)
    assert "subscriptions:\n- pool.dc1\n" in files["pool.dc1.agent.yml"]
    assert "central.agent.yml" in files


def test_pool_worker_with_checks_of_its_own_serves_the_pool() -> None:
    served = Pool(
        name="dc1",
        queues=("dc1.production",),
        servers=("mon-1",),
        workers=("web-2", "elsewhere-1"),
        key_file="",
        plugins=(),
        origin=Origin("payments.py", 1),
    )
    made = replace(plan(entry("a", where="central", pool="dc1"), entry("c")), pools=(served,))
    parts = {path: yaml.safe_load(text)["subscriptions"] for path, text in sensu.agent_files(made).items()}
    assert parts["hosts/web-1.agent.yml"] == ["web"]
    assert parts["hosts/web-2.agent.yml"] == ["pool.dc1", "web"]
    assert parts["pool.dc1.agent.yml"] == ["pool.dc1"]
    allowed = sensu.allow_lists(made, sensu.render(made))
    (pooled,) = yaml.safe_load(allowed["pool.dc1.allow-list.yaml"])
    assert pooled in yaml.safe_load(allowed["hosts/web-2.allow-list.yaml"])
    assert pooled not in yaml.safe_load(allowed["hosts/web-1.allow-list.yaml"])


def test_machine_with_checks_of_its_own_may_be_central() -> None:
    files = sensu.agent_files(sensu.with_central(shop(), ("api-2",)))
    parts = {path: yaml.safe_load(text)["subscriptions"] for path, text in files.items()}
    assert parts["hosts/api-1.agent.yml"] == ["api"]
    assert parts["hosts/api-2.agent.yml"] == ["api", "central"]


def test_part_of_agent_yml_can_follow_other_settings() -> None:
    for text in sensu.agent_files(shop()).values():
        whole = yaml.safe_load(f"backend-url: [wss://backend:8081]\n{text}")
        assert (whole["backend-url"], whole["namespace"]) == (["wss://backend:8081"], "production")


def test_equal_plans_give_equal_bytes_whatever_their_order() -> None:
    made = shop()
    turned = replace(made, entries=made.entries[::-1], hosts=made.hosts[::-1])
    for format in ("json", "yaml"):
        assert sensu.dump(sensu.render(made), format) == sensu.dump(sensu.render(turned), format)
    assert list(sensu.agent_files(made).items()) == list(sensu.agent_files(turned).items())


def test_check_on_the_machine_subscribes_to_the_role_and_has_a_ttl() -> None:
    check = rendered(entry(interval=60, deadline=10))
    assert check.name == "web.disk"
    assert check.namespace == "production"
    assert check.subscriptions == ("web",)
    assert (check.timeout, check.ttl) == (12, 3 * 60 + 12)
    assert (check.publish, check.round_robin, check.proxy_entity_name) == (True, False, "")
    assert check.proxy_requests is None
    assert check.output_metric_format == "nagios_perfdata"


def test_ttl_is_longer_than_the_silence_of_a_dead_machine() -> None:
    assert rendered(entry(interval=1, deadline=1)).ttl == 60 + 1 + 3
    made = plan(entry(interval=1, deadline=1), sensu_agents=SensuAgents(keepalive=1, warning=5, critical=10))
    assert only_check(made).ttl == 5 + 1 + 3


def test_a_watch_that_covers_some_hosts_names_their_entities() -> None:
    assert rendered(entry(hosts=("web-2",))).subscriptions == ("entity:web-2",)


def test_central_check_requests_the_entities_of_the_role() -> None:
    check = rendered(entry("http", where="central"))
    assert check.subscriptions == ("central",)
    assert (check.round_robin, check.ttl, check.proxy_entity_name) == (True, 0, "")
    assert check.proxy_requests is not None
    assert check.proxy_requests.entity_attributes == (
        "(',' + (entity.labels || {}).cw_roles + ',').indexOf(',web,') >= 0",
    )


@pytest.mark.parametrize(
    ("covered", "expressions"),
    [
        (("web-2",), ("['web-2'].indexOf(entity.name) >= 0",)),
        (
            ("web-1", "web-2", "web-4"),
            (
                "(',' + (entity.labels || {}).cw_roles + ',').indexOf(',web,') >= 0",
                "['web-3'].indexOf(entity.name) < 0",
            ),
        ),
    ],
)
def test_central_check_of_some_hosts_names_them(covered: tuple[str, ...], expressions: tuple[str, ...]) -> None:
    made = plan(entry("http", where="central", hosts=covered))
    names = ("web-1", "web-2", "web-3", "web-4")
    made = replace(made, roles=(replace(made.roles[0], hosts=names),), hosts=tuple(host(name) for name in names))
    requests = only_check(made).proxy_requests
    assert requests is not None
    assert requests.entity_attributes == expressions


def test_check_per_role_has_the_entity_of_the_role() -> None:
    made = plan(
        entry("sqs", where="central", per="role", hosts=("web.production",)),
        hosts=(host("web.production", address="", virtual=True),),
    )
    check = only_check(made)
    assert (check.proxy_entity_name, check.round_robin, check.proxy_requests) == (
        "web.production",
        True,
        None,
    )
    (entity,) = (one for one in sensu.render(made) if isinstance(one, Entity))
    assert (entity.name, entity.entity_class) == ("web.production", "proxy")
    assert entity.labels == {"cw_project": "shop", "cw_roles": "web"}


def test_only_machines_without_an_agent_get_an_entity() -> None:
    made = plan(
        entry("disk", hosts=("web-1",)),
        entry("http", where="central", hosts=("web-1", "web-2")),
        hosts=(host("web-1"), host("web-2", labels={"Port": "80"}), host("unwatched")),
    )
    (entity,) = (one for one in sensu.render(made) if isinstance(one, Entity))
    assert entity.name == "web-2"
    assert entity.labels == {
        "cw_address": "10.0.0.1",
        "cw_project": "shop",
        "cw_roles": "web",
        "port": "80",
        "cw_host_check": "host-up.web",
    }


@pytest.mark.parametrize(
    ("notify", "handlers"),
    [("page", ("page",)), ("office-hours", ("office-hours",)), ("ticket", ("ticket",)), ("nobody", ())],
)
def test_the_notify_level_names_the_handler(notify: str, handlers: tuple[str, ...]) -> None:
    assert rendered(entry(notify=notify)).handlers == handlers


def test_labels_and_annotations_describe_the_check() -> None:
    check = rendered(
        entry(
            summary="Room left.",
            runbook="https://runbooks.example.com/",
            why=("first", "second"),
            attempts=4,
            quiet=("nights", "weekends"),
        )
    )
    assert check.labels == {
        "cw_project": "shop",
        "environment": "production",
        "owner": "payments",
        "role": "web",
    }
    assert check.annotations == {
        "email": "payments@example.com",
        "fatigue_check/occurrences": "4",
        "origin": "shop/fleet/payments.py:20",
        "pager": "payments-pager",
        "quiet": "nights,weekends",
        "runbook": "https://runbooks.example.com/",
        "summary": "Room left.",
        "why": "first\nsecond",
    }


def test_checks_and_machines_link_to_the_catalogue() -> None:
    made = shop()
    made = replace(made, site=replace(made.site, catalogue="https://c.example.com"))
    pages = {one.annotations.get("catalogue") for one in watched(made)}
    assert pages == {f"https://c.example.com/role/production/{one.role}.html#{one.name}" for one in made.entries}
    part = yaml.safe_load(sensu.agent_files(made)["hosts/api-1.agent.yml"])
    page = "https://c.example.com/host/production/api-1.html"
    assert part["annotations"] == {"catalogue": page}
    assert part["keepalive-check-annotations"]["catalogue"] == page
    assert part["keepalive-check-annotations"]["email"]
    proxies = [one for one in sensu.render(made) if isinstance(one, Entity)]
    assert proxies
    for one in proxies:
        assert one.annotations["catalogue"] == f"https://c.example.com/host/production/{one.name}.html"
    assert "catalogue" not in sensu.dump(sensu.render(shop()), "yaml")


def test_braces_in_annotations_are_not_tokens() -> None:
    assert rendered(entry(why=("see {{ x }}",))).annotations["why"] == 'see {{ "{{" }} x }}'


def test_environment_and_role_need_no_token() -> None:
    check = rendered(entry(command=words(CHECK, (Placeholder("role"), "-", Placeholder("environment")))))
    assert check.command == f"{CHECK} web-production"
    assert check.env_vars == ()


def test_render_refuses_what_check_finds() -> None:
    made = plan(entry(hosts=("web-1",), notify="nobody"), hosts=(host("web 1"),))
    with pytest.raises(FindingsError) as refused:
        sensu.render(made)
    assert refused.value.findings == sensu.check(made)
    assert "S001" in str(refused.value)


def test_invalid_resource_is_reported_with_the_origin_of_the_watch() -> None:
    (finding,) = sensu.check(plan(entry(interval=0)))
    assert str(finding) == (
        "shop/fleet/payments.py:20: error S010: CheckConfig web.disk: "
        "the check needs an interval above 0 or a cron schedule"
    )


def test_unquotable_command_is_reported_with_the_origin_of_the_watch() -> None:
    (finding,) = sensu.check(plan(entry(command=words("check"))))
    assert finding.id == "S011"
    assert str(finding).endswith("web:disk: the executable is check, not an absolute path")


def test_every_line_of_a_large_plan_is_short_enough_for_sensuctl() -> None:
    names = tuple(f"web-{number:05}.example.com" for number in range(10_000))
    made = plan(
        entry(hosts=names[:-1]),
        entry("http", where="central", hosts=names[:-1]),
        hosts=tuple(host(name) for name in names),
    )
    made = replace(made, roles=(replace(made.roles[0], hosts=names),))
    text = sensu.dump(sensu.render(made), "json")
    assert max(len(line) for line in text.splitlines()) < 1_000
    assert json.loads(text[text.rindex('\n{\n  "type"') :])["metadata"]["name"] == "web.http"


@pytest.mark.slow
@pytest.mark.parametrize("share", [100, 2, 3])
def test_selection_of_very_many_hosts_has_lines_that_sensuctl_can_read(share: int) -> None:
    names = tuple(f"web-{number:05}.example.com" for number in range(10_000))
    covered = names[::share]
    made = plan(entry("http", where="central", hosts=covered), hosts=tuple(host(name) for name in names))
    made = replace(made, roles=(replace(made.roles[0], hosts=names),))
    resources = sensu.render(made)
    assert sensu.verify({"built": sensu.dump(resources, "json")}, resources) == ()
    requests = only_check(made).proxy_requests
    assert requests is not None
    every = " && ".join(f"({one})" for one in requests.entity_attributes)
    labels = {"cw_roles": "linux,web"}
    entities = [{"name": name, "labels": labels} for name in (*names[:7], *names[-7:])]
    entities.append({"name": "db-1", "labels": {"cw_roles": "database"}})
    held = evaluated(f"(function (entity) {{ return {every}; }})(event)", entities)
    assert held == [entity["name"] in covered for entity in entities]


@pytest.mark.slow
def test_more_hosts_than_fit_into_one_request_are_refused() -> None:
    names = tuple(f"web-{number:05}.example.com" for number in range(60_000))
    made = plan(entry("http", where="central", hosts=names[::2]), hosts=tuple(host(name) for name in names))
    made = replace(made, roles=(replace(made.roles[0], hosts=names),))
    (finding,) = sensu.check(made)
    assert finding.id == "S010"
    assert "Sensu's API accepts 512000 in one request" in finding.message


ASSET = Asset(name="shop-checks", builds=(AssetBuild(url="https://a.example/a.tar.gz", sha512="ab" * 64),))


def test_checks_run_from_the_asset() -> None:
    made = sensu.render(shop(), ASSET)
    (asset,) = (one for one in made if isinstance(one, Asset))
    assert (asset.name, asset.namespace, asset.builds) == ("shop-checks", "production", ASSET.builds)
    ours = {sensu.names.check_name(one) for one in shop().entries if one.check}
    checks = [one for one in made if isinstance(one, CheckConfig)]
    assert {one.name for one in checks if one.runtime_assets == ("shop-checks",)} == ours
    assert [one.command for one in checks if shop().site.check in one.command] == []
    text = sensu.dump(made, "json")
    assert [finding for finding in sensu.validate(text, "built") if "Asset" in finding.message] == []


def test_checks_of_another_account_do_not_run_from_the_asset() -> None:
    made = sensu.render(plan(entry(run_as="root")), ASSET)
    (check,) = (one for one in made if isinstance(one, CheckConfig))
    assert check.runtime_assets == ()
    assert check.command.startswith(f"/usr/bin/sudo -n -u root -- {CHECK} ")


def test_checks_have_the_output_for_an_agent_after_their_name() -> None:
    """An agent logs an error for a metric without a value. A foreign plugin does not know the option."""
    project = words(CHECK, "--project", "/srv/shop", "disk", "-p", "/")
    made = {
        "plain": entry(command=words(CHECK, "disk", "--", "disk")),
        "project": entry(command=project),
        "account": entry(command=project, run_as="root", env=(("A", "b"),)),
        "plugin": entry(command=words(CHECK, "disk"), check="", plugin=CHECK),
    }
    assert {name: rendered(one).command for name, one in made.items()} == {
        "plain": f"{CHECK} disk --output=sensu -- disk",
        "project": f"{CHECK} --project /srv/shop disk --output=sensu -p /",
        "account": f"/usr/bin/sudo -n -u root -- /usr/bin/env A=b {CHECK} --project /srv/shop disk --output=sensu -p /",
        "plugin": f"{CHECK} disk",
    }


def test_command_of_an_asset_has_no_project_flag() -> None:
    command = words(CHECK, "--project", "/srv/shop", "disk", "--project", "/srv/shop")
    made = plan(entry(command=command))
    made = replace(made, site=replace(made.site, project="/srv/shop"))
    (check,) = (one for one in sensu.render(made, ASSET) if isinstance(one, CheckConfig))
    assert check.command == "check disk --output=sensu --project /srv/shop"


def test_watch_that_sets_path_cannot_use_an_asset() -> None:
    with pytest.raises(FindingsError, match="its environment sets PATH"):
        sensu.render(plan(entry(env=(("PATH", "/srv/bin"),))), ASSET)
