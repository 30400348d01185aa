"""Contents and document of an asset, without building one."""

from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from checkwright.asset import archive, assemble, asset_resource, contents, distributions
from checkwright.core.errors import CannotDo
from sensu import AssetBuild, Namespace, dump

SHA = "ab" * 64


@pytest.mark.parametrize(
    ("marker", "extra", "expected"),
    [
        ("", "", True),
        ("", "tools", False),
        ('extra == "tools"', "", False),
        ('extra == "tools"', "tools", True),
        ('python_version < "3.11"', "", False),
        ('python_version >= "3.9"', "", True),
        ('python_full_version >= "3.9.0" and implementation_name == "cpython"', "", True),
        ("platform_python_implementation != 'PyPy'", "", True),
        ('sys_platform == "win32" or (os_name == "posix" and python_version > "3")', "", True),
        ('platform_system in "Linux Darwin"', "", True),
        ('python_version ~= "3.8"', "", True),
        ('no_such_variable == "x"', "", True),
        ('no_such_variable == "x" and extra == "tools"', "", False),
    ],
)
def test_markers(marker: str, extra: str, expected: bool) -> None:
    assert distributions.applies(marker, extra) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("boto3>=1.34", ("boto3", frozenset(), "")),
        ("urllib3 (!=2.2.0,<3,>=1.25.4)", ("urllib3", frozenset(), "")),
        ('Ruamel.YAML[a, b] >=0.1 ; extra == "x"', ("ruamel-yaml", frozenset({"a", "b"}), 'extra == "x"')),
    ],
)
def test_requirements(text: str, expected: tuple[str, frozenset[str], str]) -> None:
    assert distributions.parse(text) == expected


def test_only_what_is_needed_at_run_time_is_taken() -> None:
    found = distributions.resolve((), "checkwright")
    assert {"nagiosplugin", "requests", "urllib3", "certifi", "psutil"} <= found.keys()
    others = {"checkwright", "click", "pytest", "moto", "typing-extensions", "boto3", "dnspython", "cryptography"}
    assert found.keys() & others == set()
    assert "click" in distributions.resolve(("click",), "checkwright")


def test_families_of_a_project_bring_their_packages(tmp_path: Path) -> None:
    modules = {
        "fleet/shop.py": "from checks.aws.sqs_backlog import SqsBacklog\nfrom checks import system",
        "plugins/one.py": "def probe():\n    import checks.tls.source",
        "plugins/broken.py": "import checks.dns.source (",
        "tests/test_one.py": "from checks.dns.fake import FakeDns",
    }
    for name, text in modules.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert contents.families_of(tmp_path) == {"aws", "system", "tls"}
    needed = assemble.extras_for(contents.families_of(tmp_path))
    assert needed == ["checkwright[aws]", "checkwright[tls]"]
    found = distributions.resolve(needed, "checkwright").keys()
    assert {"boto3", "botocore", "cryptography", "cffi"} <= found
    assert "dnspython" not in found


def installed(folder: Path, **notes: str) -> PathDistribution:
    """A distribution with these notes, and one module."""
    info = folder / "thing-1.0.dist-info"
    info.mkdir()
    (folder / "thing.py").write_text("")
    for name, text in {"METADATA": "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n", **notes}.items():
        (info / name.replace("_json", ".json")).write_text(text)
    return PathDistribution(info)


def test_of_a_distribution_scripts_and_compiled_files_stay_behind(tmp_path: Path) -> None:
    record = (
        "thing.py,,\n__pycache__/thing.cpython-311.pyc,,\n../../bin/thing,,\nthing.pth,,\n"
        "thing-1.0.dist-info/METADATA,,\nthing-1.0.dist-info/RECORD,,\n"
    )
    placed = dict(contents.of_distribution(installed(tmp_path, RECORD=record)))
    assert placed.keys() == {"thing.py", "thing-1.0.dist-info/METADATA"}


@pytest.mark.parametrize(
    ("notes", "why"),
    [
        ({}, "thing has no RECORD of its files"),
        ({"RECORD": "thing.py,,\n", "direct_url_json": '{"dir_info": {"editable": true}}'}, "installed as a link"),
        ({"RECORD": "gone.py,,\n"}, "gone.py of the distribution thing is missing"),
    ],
)
def test_a_distribution_that_cannot_be_packed(tmp_path: Path, notes: dict[str, str], why: str) -> None:
    with pytest.raises(CannotDo, match=why):
        list(contents.of_distribution(installed(tmp_path, **notes)))


def test_a_module_that_python_cannot_read_is_kept_as_it_is(tmp_path: Path) -> None:
    archive.stage(tmp_path, {"lib/fine.py": "x = 1\n", "lib/template.py": "{{ name }} = \n"})
    archive.compile_below(tmp_path / "lib")
    assert {path.name.partition(".")[0] for path in (tmp_path / "lib/__pycache__").iterdir()} == {"fine"}
    assert len(archive.pack(tmp_path)) > 0


def build(platform: str, *filters: str) -> AssetBuild:
    return AssetBuild(url=f"https://a.example/{platform}.tar.gz", sha512=SHA, filters=filters)


def test_platforms_join_and_another_version_replaces_them() -> None:
    amd = asset_resource.joined("x", "prod", "x_1", [build("x_1_linux_amd64_cp311", "a")], "")
    both = asset_resource.joined("x", "prod", "x_1", [build("x_1_linux_arm64_cp311", "b")], dump([amd], "yaml"))
    assert [one.url.rpartition("/")[2] for one in both.builds] == [
        "x_1_linux_amd64_cp311.tar.gz",
        "x_1_linux_arm64_cp311.tar.gz",
    ]
    again = asset_resource.joined("x", "prod", "x_1", [build("x_1_linux_amd64_cp311", "a")], dump([both], "json"))
    assert again == both
    assert (
        len(
            asset_resource.joined(
                "x", "prod", "x_2", [build("x_2_linux_arm64_cp311", "b")], dump([both], "json")
            ).builds
        )
        == 1
    )


def test_two_builds_for_the_same_entities_are_refused() -> None:
    one = asset_resource.joined("x", "", "x_1", [build("x_1_linux_amd64_cp311", "a")], "")
    with pytest.raises(CannotDo, match="distinguish them with --filter"):
        asset_resource.joined("x", "", "x_1", [build("x_1_linux_amd64_cp312", "a")], dump([one], "json"))


@pytest.mark.parametrize(
    "text", ["no document", "type: Asset\n", dump([asset_resource.joined("y", "", "y_1", [build("y")], "")], "yaml")]
)
def test_a_file_of_something_else_is_left_alone(text: str) -> None:
    with pytest.raises(CannotDo, match="The file for the Asset x holds something else"):
        asset_resource.joined("x", "", "x_1", [build("x_1_linux_amd64_cp311")], text)


def test_a_resource_that_sensu_would_refuse_is_refused() -> None:
    with pytest.raises(CannotDo, match="is no JavaScript expression"):
        asset_resource.joined("x", "", "x_1", [build("x_1_linux_amd64_cp311", "(")], "")


def test_a_project_may_have_no_checks_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "plugins/tests").mkdir(parents=True)
    (tmp_path / "plugins/tests/test_it.py").write_text("")
    assert not contents.has_checks(tmp_path)
    (tmp_path / "plugins/queue.py").write_text("")
    assert contents.has_checks(tmp_path)


def test_an_asset_is_read_back_and_nothing_else_is() -> None:
    made = asset_resource.joined("x", "", "x_1", [build("x_1_linux_amd64_cp311", "a")], "")
    assert asset_resource.read(dump([made], "yaml")) == made
    for text in ("", "no document", dump([made, made], "json"), dump([Namespace(name="x")], "json")):
        assert asset_resource.read(text) is None
