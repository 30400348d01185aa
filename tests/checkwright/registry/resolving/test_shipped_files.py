"""Files of a project that watches name: in the plan, in both builds, on a machine, and the mistakes with them."""

from pathlib import Path

import pytest

from checks.latency.api_latency import ApiLatency
from checkwright.asset import contents
from checkwright.core.world import World
from checkwright.registry import plan_json, planning
from checkwright.registry.findings import FindingsError
from checkwright.testing import FakeLog, FakeStateFile, run
from nagios_cfg.render import render

FLEET = """
from checks.latency.api_latency import ApiLatency
from checkwright.registry.model import Environment, Host, Role, Site, Team, Watch

bakers = Team("bakers", email="bakers@example.com", page="bakers-pager")
ROLES
production = Environment("production", site=Site(), hosts=(
    Host("web-1", "10.0.0.1", roles=(web,)), Host("api-1", "10.0.0.2", roles=(api,)),
))
"""
ROLE = """
{name} = Role("{name}", owner=bakers, runbook="https://runbooks.example.com/", watches=(
    Watch(
        ApiLatency(log="/var/log/nginx/access.log", routes="{routes}", counts=""),
        ApiLatency.p99.at("POST /loaves/{{id}}", warn=2, crit=5),
    ),
))
"""
ROUTES = """# bakery
log_format timed '[$time_local] "$request" $status $request_time urt="$upstream_response_time"';
GET /loaves/{id}
POST /loaves/{id}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "bakery"
    (folder / "fleet").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "latency").mkdir()
    (folder / "latency/bakery.routes").write_text(ROUTES)
    fleet(folder, "bakery", "bakery")
    return folder


def fleet(folder: Path, web: str, api: str) -> None:
    roles = ROLE.format(name="web", routes=web) + ROLE.format(name="api", routes=api)
    (folder / "fleet/bakery.py").write_text(FLEET.replace("ROLES", roles))


def test_file_is_in_the_plan_once_and_in_both_builds(project: Path) -> None:
    plan = planning.plan(str(project), "production").plan
    (file,) = plan.files
    assert (file.path, file.text, file.roles) == ("latency/bakery.routes", ROUTES, ("api", "web"))
    assert plan_json.loads(plan_json.dumps(plan)) == plan
    files = render(plan)
    assert files["latency/bakery.routes"] == ROUTES
    commands = files["nrpe/roles/web.cfg"]
    assert "--routes bakery" in commands
    assert "POST /loaves/{id}=2" in commands
    assert "/etc/checkwright/latency" in files["README.txt"]
    assert contents.has_checks(project)
    assert "bakery/latency/bakery.routes" in [path for path, _ in contents.of_project(project)]


def test_path_on_the_machines_is_left_alone(project: Path) -> None:
    fleet(project, "/srv/shop.routes", "/srv/shop.routes")
    assert planning.plan(str(project), "production").plan.files == ()


MISTAKES = {
    "missing": (None, r"R060.*web:api_latency: cannot read latency/bakery\.routes of the project: No such file"),
    "bad": ("alb\nGET loaves\n", r"R060.*latency/bakery\.routes:2: 'GET loaves' is no route"),
    "without a format": ("GET /loaves\n", "R060.*latency/bakery.routes has no format"),
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_found_before_a_build(project: Path, text: str | None, message: str) -> None:
    file = project / "latency/bakery.routes"
    file.unlink() if text is None else file.write_text(text)
    with pytest.raises(FindingsError, match=message):
        planning.plan(str(project), "production")


def test_run_finds_the_file_in_its_project_or_on_the_machine(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(FakeLog({"/var/log/a.log": []}), FakeStateFile({"log": {}}))
    monkeypatch.setenv("CHECKS_FILES_DIR", str(tmp_path / "etc"))
    words = "-l /var/log/a.log -r bakery"
    outcome = run(ApiLatency, words, world)
    assert outcome.state == "UNKNOWN"
    assert f"there is no file latency/bakery.routes in {tmp_path}/etc: copy it there from the build" in outcome.summary
    (tmp_path / "etc/latency").mkdir(parents=True)
    (tmp_path / "etc/latency/bakery.routes").write_text(ROUTES)
    assert run(ApiLatency, words, world).state == "OK"
