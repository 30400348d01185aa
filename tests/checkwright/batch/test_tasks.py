"""Selection of a plan's tasks, and their commands."""

import os
import pwd

import pytest

from checkwright.batch.tasks import TaskFilter, tasks_of
from checkwright.core.errors import BadUsage
from checkwright.registry.plan import Placeholder
from tests.checkwright.batch.plans import entry, plan, words

ON_ITSELF = entry("disk", hosts=("web-1", "web-2"))
BY_LABEL = entry(
    "port",
    "/bin/echo",
    ("http://", Placeholder("address"), ":", Placeholder("label.port"), "/{x}"),
    (Placeholder("host"), "-", Placeholder("environment"), "-", Placeholder("role")),
    "a b;$c 'd'",
    env=(("LC_ALL", "C"),),
    transport="nrpe",
    hosts=("web-1", "web-2"),
)
FROM_OUTSIDE = entry("http", where="central", transport="central", hosts=("web-1", "web-2"))
OF_ROLE = entry("backlog", role="queue", where="central", per="role", transport="passive", hosts=("queue.test",))
PLAN = plan(OF_ROLE, ON_ITSELF, FROM_OUTSIDE, BY_LABEL)


def keys(**selection: object) -> list[tuple[str, str]]:
    return [task.key for task in tasks_of(PLAN, TaskFilter(**selection))]  # type: ignore[arg-type]


CASES = {
    "a host's own": ({"hosts": ("web-1",)}, [("web-1", "disk"), ("web-1", "port")]),
    "the monitoring server's": (
        {"central": True},
        [("queue.test", "backlog"), ("web-1", "http"), ("web-2", "http")],
    ),
    "a role's, by its virtual host": ({"hosts": ("queue.test",)}, [("queue.test", "backlog")]),
    "several hosts": (
        {"hosts": ("web-1", "web-2"), "watches": ("d*",)},
        [("web-1", "disk"), ("web-2", "disk")],
    ),
    "both": (
        {"hosts": ("web-1",), "central": True, "watches": ("http", "disk")},
        [("web-1", "disk"), ("web-1", "http"), ("web-2", "http")],
    ),
    "only passive watches": (
        {"hosts": ("web-1",), "central": True, "passive": True},
        [("queue.test", "backlog"), ("web-1", "disk")],
    ),
}


@pytest.mark.parametrize(("selection", "expected"), CASES.values(), ids=CASES)
def test_filter_selects_tasks(selection: dict[str, object], expected: list[tuple[str, str]]) -> None:
    assert keys(**selection) == expected


def test_watches_of_a_pool_are_no_tasks() -> None:
    pooled = plan(entry("ping", where="central", transport="central", pool="dc1", hosts=("web-1",)), FROM_OUTSIDE)
    assert [task.key for task in tasks_of(pooled, TaskFilter(central=True))] == [("web-1", "http"), ("web-2", "http")]


def test_placeholders_are_filled_in() -> None:
    _, task = tasks_of(PLAN, TaskFilter(hosts=("web-2",)))
    assert task.argv == ("/bin/echo", "http://127.0.0.2:81/{x}", "web-2-test-web", "a b;$c 'd'")
    assert task.env == (("LC_ALL", "C"),)


REFUSED = {
    "unknown host": (
        {"hosts": ("web1",)},
        "test has no host 'web1', did you mean web-1; it has mon-1, queue.test, web",
    ),
    "nothing runs there": ({"hosts": ("mon-1",)}, "nothing in this plan of test runs on mon-1"),
    "no such watch": ({"hosts": ("web-1",), "watches": ("dsk",)}, "nothing called 'dsk' runs here, did you mean disk"),
    "none is passive": (
        {"hosts": ("web-2",), "passive": True, "watches": ("port",)},
        "nothing called 'port' runs here; there is disk",
    ),
}


@pytest.mark.parametrize(("selection", "sentence"), REFUSED.values(), ids=REFUSED)
def test_missing_names_are_one_sentence(selection: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadUsage) as refused:
        keys(**selection)
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


def test_error_mentions_central_watches() -> None:
    only_outside = plan(FROM_OUTSIDE)
    with pytest.raises(BadUsage, match=r"runs on web-1; 1 of its watches run centrally \(--central\)"):
        tasks_of(only_outside, TaskFilter(hosts=("web-1",)))


def test_missing_label_is_one_sentence() -> None:
    labelled = plan(entry("port", "/bin/echo", (Placeholder("label.rack"),)))
    with pytest.raises(BadUsage, match="web:port needs the label rack, which web-1 does not have"):
        tasks_of(labelled, TaskFilter(hosts=("web-1",)))
    unheard = plan(entry("port", *words("/bin/echo"), (Placeholder("phase"),)))
    with pytest.raises(BadUsage, match=r"web:port needs the value \{phase\}, which web-1 does not have"):
        tasks_of(unheard, TaskFilter(hosts=("web-1",)))


def test_other_account_goes_through_sudo_with_its_variables() -> None:
    as_other = entry("raid", "/opt/x/raid", "/dev/sda", env=(("LC_ALL", "C"),), run_as="nobody")
    (task,) = tasks_of(plan(as_other), TaskFilter(hosts=("web-1",)))
    through = ("/usr/bin/sudo", "-n", "-u", "nobody", "--", "/usr/bin/env", "LC_ALL=C")
    assert task.argv == (*through, "/opt/x/raid", "/dev/sda")


def test_own_account_needs_no_sudo() -> None:
    own = pwd.getpwuid(os.geteuid()).pw_name
    (task,) = tasks_of(plan(entry("raid", "/opt/x/raid", run_as=own)), TaskFilter(hosts=("web-1",)))
    assert task.argv == ("/opt/x/raid",)
