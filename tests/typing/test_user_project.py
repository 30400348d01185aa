"""Errors that mypy --strict reports to users of an installed wheel.

The project below is outside the repository. mypy checks it with the environment that Nagios runs,
where the library was installed from its wheel. Each mistake is a module of its own, so one run of mypy
finds all of them.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.installed import installed_bin

pytestmark = pytest.mark.packages


class Found(NamedTuple):
    """One error of mypy."""

    line: int
    code: str
    message: str


OVEN = '''\
"""A bakery's oven."""

from typing import Literal

from checkwright import Check, Duration, Metrics, OptionalDuration, OptionalSize, Secret, Size
from checkwright import gauge, option, uses, verdict
from checkwright.sources.http import Http


class Oven(Check):
    """Status of an oven."""

    http = uses(Http)

    url: str = option("Status document", example="https://oven.example.com/")
    doors: int = option("Doors to count", default=2)
    shelves: tuple[str, ...] = option("Shelf to measure", default=())
    largest: Size = option("Largest status document", default=10_000, unit="B")
    grace: Duration = option("Time to warm up", default="1m", unit="s")
    pause: OptionalDuration = option("Pause between two batches", default=None, unit="s")
    ashes: OptionalSize = option("Ashes", default=None, unit="B")
    fuel: Literal["gas", "wood"] = option("What burns", default="gas")
    token: Secret | None = option("Bearer token", default=None)

    status = verdict("Status", ok=["hot"], warn=["warm"])
    heat = gauge("Temperature", warn=250, crit=280)
    age = gauge("Age of the status", "s", optional=True)

    def probe(self) -> Metrics:
        reply = self.http.get(self.url, token=self.token)
        status = reply.json()
        whole_bytes: int = self.largest + (self.ashes or 0)
        seconds: float = self.grace + (self.pause or 0)
        assert whole_bytes > seconds
        yield self.status(status.text("status"))
        for shelf in self.shelves:
            yield self.heat(status.number(f"heat.{shelf}"), of=shelf, surely=200, hint="of two")
'''

FLEET = '''\
"""The bakery's fleet."""

from checkwright import Secret
from checks.aws.sqs_backlog import SqsBacklog
from checkwright.registry.model import Environment, Host, Override, Pool, Role, Site, Team, Watch
from checks.system.disk import Disk

from bakery.plugins.oven import Oven

bakers = Team("bakers", email="bakers@example.com", page="bakers-pager")

bakehouse = Role(
    "bakehouse",
    owner=bakers,
    runbook="https://runbooks.example.com/bakehouse/",
    watches=(
        Watch(Disk(paths=("/", "/srv")), Disk.space.at(warn=75, crit=85), notify="office-hours"),
        Watch(
            Oven(url="https://{address}/", fuel="wood", token=Secret(file="/etc/checks/oven")),
            Oven.heat.at("top*", warn=260),
            Oven.age.at(warn="90s", crit="2h"),
            Oven.status.meaning(ok=("cold",), crit=["warm"]),
            Oven.status.meaning("top*", warn=("hot",)),
            every="30s",
            attempts=3,
        ),
        Watch(SqsBacklog(queue="orders-{environment}"), per="role", where="cellar"),
    ),
)

cellar = Pool(
    "cellar", servers=("mon1.example.com",), workers=("oven-worker",), reaches=(bakehouse, "10.9.0.0/16", "oven*")
)

production = Environment(
    "production",
    site=Site(check="/opt/checkwright/bin/check", transport="nrpe"),
    pools=(cellar,),
    hosts=(Host("oven1", "10.9.0.11", roles=(bakehouse,), labels={"street": "Mill Lane"}, pool=cellar),),
    overrides=(
        Override(every="5m", notify="nobody", why="nobody is woken for bread"),
        Override(where=cellar, watch="disk", why="the oven has no NRPE"),
        Override(SqsBacklog.oldest.at(warn=3600, crit=7200), role=bakehouse, why="orders rest at night"),
        Override(Oven.heat.at(warn=270), Oven.status.meaning(ok=("cold",)), host="oven1", why="it is Sunday"),
    ),
)
'''

PRELUDE = """\
from checkwright import Check, Metrics, Secret, gauge, option
from checkwright.registry.model import Host, Override, Pool, Role, Team, Watch
from checks.system.disk import Disk
from checks.system.load import Load

from bakery.plugins.oven import Oven

"""

# Mistakes of users (the last line is the wrong one), and the code of mypy's error.
MISTAKES = {
    "a misspelt gauge": ("Disk.spaces.at(warn=75)", "attr-defined"),
    "a misspelt gauge of one's own": ("Oven.heet.at(warn=75)", "attr-defined"),
    "a misspelt gauge in probe": (
        """
class Mill(Check):
    "A mill."

    speed = gauge("Speed")

    def probe(self) -> Metrics:
        yield self.sped(12)
""",
        "attr-defined",
    ),
    "a wrong option": ('Oven(url="https://{address}/", burners=2)', "call-arg"),
    "a missing option": ("Oven(doors=2)", "call-arg"),
    "an option without its name": ('Oven("https://{address}/")', "call-arg"),
    "a wrong option type": ('Oven(url="https://{address}/", doors="two")', "arg-type"),
    "a list instead of a duration": ('Oven(url="https://{address}/", grace=["90s"])', "arg-type"),
    "None instead of a duration": ('Oven(url="https://{address}/", grace=None)', "arg-type"),
    "a fraction instead of a size": ('Oven(url="https://{address}/", largest=1.5)', "arg-type"),
    "a size is read as text": ('Oven(url="https://{address}/").largest.upper()', "attr-defined"),
    "a duration is changed": ('oven = Oven(url="https://{address}/")\noven.grace = "3s"', "misc"),
    "a text instead of a tuple": ('Disk(paths="/")', "arg-type"),
    "a word that is no choice": ('Oven(url="https://{address}/", fuel="coal")', "arg-type"),
    "a literal as a secret": ('Oven(url="https://{address}/", token="s3cret")', "arg-type"),
    "an option is changed": ('oven = Oven(url="https://{address}/")\noven.doors = 3', "misc"),
    "a limit without a number": ("Disk.space.at(warn=[75])", "arg-type"),
    "a limit's misspelt word": ("Disk.space.at(warning=75)", "call-arg"),
    "a foreign limit": ('Watch(Disk(paths=("/",)), Load.load5.at(warn=2))', "misc"),
    "a foreign limit, of one's own": (
        'Watch(Oven(url="https://{address}/"), Disk.space.at(warn=2))',
        "misc",
    ),
    "a misspelt verdict": ('Oven.statsu.meaning(ok=("cold",))', "attr-defined"),
    "a meaning of a gauge": ('Oven.heat.meaning(ok=("cold",))', "attr-defined"),
    "a limit of a verdict": ("Oven.status.at(warn=3)", "attr-defined"),
    "a meaning's misspelt word": ('Oven.status.meaning(warning=("cold",))', "call-arg"),
    "a text instead of words": ('Oven.status.meaning(ok="cold")', "arg-type"),
    "words that are no text": ("Oven.status.meaning(ok=(3,))", "arg-type"),
    "foreign words": ('Watch(Disk(), Oven.status.meaning(ok=("cold",)))', "misc"),
    "a verdict without words": ('Watch(Oven(url="https://{address}/"), Oven.status)', "arg-type"),
    "a bound that is a text": (
        """
class Mill(Check):
    "A mill."

    speed = gauge("Speed")

    def probe(self) -> Metrics:
        yield self.speed(3, surely="2")
""",
        "arg-type",
    ),
    "a check's class where a check is meant": ("Watch(Disk)", "type-var"),
    "a watch's misspelt word": ('Watch(Disk(), evry="30s")', "call-arg"),
    "nobody to notify": ('Watch(Disk(), notify="everybody")', "arg-type"),
    "a place that is neither a word nor a pool": ("Watch(Disk(), where=7)", "arg-type"),
    "a pool without a gearmand": ('Pool("cellar", workers=("w1",))', "call-arg"),
    "a team as what a pool reaches": (
        'Pool("cellar", servers=("mon1",), reaches=(Team("bakers", email="bakers@example.com"),))',
        "arg-type",
    ),
    "a role as a host's pool": (
        'Host("oven1", pool=Role("mill", owner=Team("bakers", email="bakers@example.com")))',
        "arg-type",
    ),
    "a role without an owner": ('Role("mill", runbook="https://runbooks.example.com/")', "call-arg"),
    "an owner by name": (
        'Role("mill", owner="bakers", runbook="https://runbooks.example.com/", watches=())',
        "arg-type",
    ),
    "an override without a reason": ('Override(every="5m")', "call-arg"),
    "a gauge is given a text": (
        """
class Mill(Check):
    "A mill."

    speed = gauge("Speed")

    def probe(self) -> Metrics:
        yield self.speed("fast")
""",
        "arg-type",
    ),
    "a metric is returned": (
        """
class Mill(Check):
    "A mill."

    speed = gauge("Speed")

    def probe(self) -> Metrics:
        return self.speed(12)
""",
        "return-value",
    ),
    "an option with an unknown unit": (
        """
class Mill(Check):
    "A mill."

    sack: int = option("Sack", default=1, unit="kg")
""",
        "call-overload",
    ),
    "an option's default is of another type": (
        """
class Mill(Check):
    "A mill."

    stones: int = option("Stones", default="two")
""",
        "assignment",
    ),
}


def module_of(mistake: str) -> str:
    """Return the file name of the module that holds `mistake`."""
    return f"{''.join(letter if letter.isalnum() else '_' for letter in mistake)}.py"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Found]]:
    """Return the errors that mypy finds in the user's project, by file name."""
    project = tmp_path_factory.mktemp("elsewhere")
    sources = {"plugins/oven.py": OVEN, "fleet/bakers.py": FLEET}
    sources |= {f"mistakes/{module_of(mistake)}": PRELUDE + text for mistake, (text, _) in MISTAKES.items()}
    for path, source in sources.items():
        file = project / "bakery" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, encoding="utf-8")
    (project / "mypy.ini").write_text("[mypy]\n", encoding="utf-8")

    mypy = [sys.executable, "-m", "mypy", "--strict", "--explicit-package-bases", "--output=json"]
    environment = ["--python-executable", str(installed_bin() / "python"), f"--cache-dir={project / 'cache'}"]
    done = subprocess.run([*mypy, *environment, "bakery"], cwd=project, capture_output=True, text=True)
    assert done.stderr == ""

    errors: dict[str, list[Found]] = {Path(path).name: [] for path in sources}
    for line in done.stdout.splitlines():
        error = json.loads(line)
        errors[Path(error["file"]).name].append(Found(error["line"], error["code"], error["message"]))
    return errors


@pytest.mark.parametrize("file", ["oven.py", "bakers.py"])
def test_correct_modules_pass(found: dict[str, list[Found]], file: str) -> None:
    assert found[file] == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_an_error(found: dict[str, list[Found]], mistake: str) -> None:
    text, code = MISTAKES[mistake]
    last_line = len((PRELUDE + text).splitlines())
    assert [(error.line, error.code) for error in found[module_of(mistake)]] == [(last_line, code)]


def test_mypy_reads_the_installed_library(tmp_path: Path) -> None:
    where = "import checks; print(checks.__file__)"
    python = installed_bin() / "python"
    done = subprocess.run([python, "-c", where], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).is_relative_to(installed_bin().parent)
