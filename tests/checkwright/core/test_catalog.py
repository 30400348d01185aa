"""Discovery of checks: families first, then the project."""

from pathlib import Path

import pytest

from checkwright import BadUsage
from checkwright.core.catalog import all_checks, find, name_of_link

CHECK = '''\
"""A check."""

from checkwright import Check, Metrics, gauge


class {name}(Check):
    """A check."""

    used = gauge("Used")

    def probe(self) -> Metrics:
        yield self.used(1)
'''


def project(folder: Path, name: str, **files: str) -> str:
    """Create a project with these plugins. `family__name` is in the folder `family`."""
    for file, text in files.items():
        path = folder / name / "plugins" / f"{file.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return str(folder / name)


def test_every_check_of_the_library_is_found_and_loads() -> None:
    found = all_checks()
    assert {"disk", "load", "http", "sqs_backlog", "dummy"} <= {one.name for one in found}
    assert len({one.name for one in found}) == len(found)
    for one in found:
        assert one.load() is find(one.name)
        assert one.load().title() == one.name
        assert Path(one.file).parent.name == one.family


def test_checks_of_a_project_are_found_flat_and_in_families(tmp_path: Path) -> None:
    folder = project(
        tmp_path,
        "catalog_flat",
        oven_heat=CHECK.format(name="OvenHeat"),
        dough__yeast=CHECK.format(name="Yeast"),
        sources__kafka="raise RuntimeError('a source is no check')",
        _helper="raise RuntimeError('a helper is no check')",
    )
    own = {one.name: one for one in all_checks(folder) if one.family == "catalog_flat"}
    assert set(own) == {"oven_heat", "yeast"}
    assert find("oven_heat", folder).__module__ == "catalog_flat.plugins.oven_heat"
    assert find("yeast", folder).__module__ == "catalog_flat.plugins.dough.yeast"


def test_the_library_wins_and_both_checks_are_listed(tmp_path: Path) -> None:
    folder = project(tmp_path, "catalog_twice", disk=CHECK.format(name="Disk"))
    assert find("disk", folder).__module__ == "checks.system.disk"
    assert [one.family for one in all_checks(folder) if one.name == "disk"] == ["system", "catalog_twice"]


@pytest.mark.parametrize("name", ["dsk", "../core/cli", "core.cli", "", "__init__", "disk.py", "core"])
def test_unknown_name_is_reported_in_one_sentence(name: str) -> None:
    with pytest.raises(BadUsage) as raised:
        find(name)
    assert str(raised.value).startswith(f"there is no check {name!r}")
    assert ("did you mean disk" in str(raised.value)) is (name in ("dsk", "disk.py"))


def test_unknown_name_without_a_project_mentions_the_flag() -> None:
    with pytest.raises(BadUsage, match=r"no check .carrier., and no project is named \(--project DIR\); checkctl list"):
        find("carrier")


BROKEN = {
    "syntax": ("def", "cannot load the check in ", ", line 1: SyntaxError"),
    "import": (
        "\nimport nowhere_at_all",
        "cannot load the check in ",
        ", line 2: ModuleNotFoundError: No module named",
    ),
    "raises": ("raise ValueError('what')", "cannot load the check in ", ", line 1: ValueError: what"),
    "ends": ("raise SystemExit(0)", "cannot load the check in ", ", line 1: SystemExit: 0"),
    "empty": ("", "", " should hold the check class Broken"),
    "unmeasured": (
        "from checkwright import Check\nclass Broken(Check):\n    '''It measures nothing.'''\n",
        "the check in ",
        " has no probe(), the method that yields",
    ),
    "another": (CHECK.format(name="Other"), "", " should hold the check class Broken; it has Other"),
    "declaration": (
        CHECK.format(name="Broken").replace('gauge("Used")', 'gauge("Used", "MB")'),
        "the check in ",
        " is not well formed: gauge('Used'): 'MB' is no unit",
    ),
}


@pytest.mark.parametrize(("case", "text", "before", "after"), [(case, *expected) for case, expected in BROKEN.items()])
def test_file_without_a_check_is_reported_in_one_sentence(
    case: str, text: str, before: str, after: str, tmp_path: Path
) -> None:
    folder = project(tmp_path, f"catalog_{case}", broken=text)
    with pytest.raises(BadUsage) as raised:
        find("broken", folder)
    assert str(raised.value).startswith(f"{before}{folder}/plugins/broken.py{after}")


def test_project_that_exits_on_import_is_reported_in_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "catalog_leaving"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise SystemExit(0)", encoding="utf-8")
    with pytest.raises(BadUsage, match=r"cannot load the project's .*: SystemExit: 0"):
        find("anything", str(folder))


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("missing", "is not a folder"),
        ("json", "has the name of another package, 'json': rename the folder"),
        ("not-a-name", "cannot be a package: name the folder like a Python module"),
    ],
)
def test_folder_that_is_not_a_project_is_reported_in_one_sentence(folder: str, message: str, tmp_path: Path) -> None:
    if folder != "missing":
        (tmp_path / folder).mkdir()
    with pytest.raises(BadUsage) as raised:
        find("anything", str(tmp_path / folder))
    assert message in str(raised.value)


def test_two_projects_live_in_one_process(tmp_path: Path) -> None:
    one = project(tmp_path, "catalog_one", heat=CHECK.format(name="Heat"))
    other = project(tmp_path / "deeper", "catalog_other", heat=CHECK.format(name="Heat"))
    assert find("heat", one) is not find("heat", other)
    assert find("heat", one) is find("heat", one)


@pytest.mark.parametrize(
    ("program", "name"),
    [("/opt/bin/check", ""), ("check_disk", "disk"), ("/x/check_sqs-backlog", "sqs_backlog"), ("python", "")],
)
def test_name_of_link_returns_the_check(program: str, name: str) -> None:
    assert name_of_link(program) == name
