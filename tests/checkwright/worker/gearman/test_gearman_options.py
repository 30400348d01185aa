"""Options of `checkwright-worker --gearman`."""

import os
from pathlib import Path
from typing import Any

import pytest

from checkwright.core.errors import CannotDo
from checkwright.worker.gearman.gearman_frontend import GearmanFrontend
from checkwright.worker.gearman.gearman_options import GearmanOptions
from checkwright.worker.worker_log import Log

PLUGINS = "/usr/lib/nagios/plugins"


def frontend(**given: Any) -> GearmanFrontend | None:
    return GearmanOptions(**given).frontend(Log())


def test_gearmands_are_named_one_by_one_or_with_commas() -> None:
    for given in (("one.test:4731", "two.test,[::1]:5000"), ("one.test:4731, two.test ,[::1]:5000",)):
        made = frontend(gearmands=given, queues=("service", "host"))
        assert made is not None
        status = made.status()
        assert status["servers"] == {"one.test:4731": False, "two.test:4730": False, "[::1]:5000": False}
        assert status["queues"] == ["service", "host"]


def test_without_a_gearmand_there_is_no_frontend() -> None:
    assert frontend() is None


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "queues alone": ({"queues": ("service",)}, "Name a gearmand too: --gearman HOST"),
    "a key alone": ({"key_file": "/etc/key"}, "Name a gearmand too"),
    "no queue": ({"gearmands": ("a",)}, "Say which queues to take jobs from"),
    "no host": ({"gearmands": (":4730",), "queues": ("q",)}, "--gearman: ':4730' has no host name."),
    "no port": ({"gearmands": ("a:b",), "queues": ("q",)}, "--gearman: 'b' is not a port: use 1 to 65535."),
    "one too many commas": ({"gearmands": ("a,,b",), "queues": ("q",)}, "--gearman: '' has no host name"),
    "an empty queue": ({"gearmands": ("a",), "queues": ("",)}, "'' cannot be the name of a queue: it is empty."),
    "a queue of two lines": ({"gearmands": ("a",), "queues": ("a\nb",)}, "cannot be the name of a queue: it holds"),
    "a long queue": ({"gearmands": ("a",), "queues": ("ä" * 257,)}, "it is longer than 512 bytes"),
    "a name of two words": ({"gearmands": ("a",), "queues": ("q",), "name": "w\t1"}, "'w\\t1' cannot be the name"),
    "a variable without a value": (
        {"gearmands": ("a",), "queues": ("q",), "variables": ("LC_ALL",)},
        "--allow-env 'LC_ALL': write NAME=VALUE; a job may set it to this value and no other.",
    ),
    "a variable alone": ({"variables": ("LC_ALL=C",)}, "Name a gearmand too"),
    "no key file": (
        {"gearmands": ("a",), "queues": ("q",), "key_file": "/none"},
        "Cannot read the key file /none: No such file or directory.",
    ),
    "a folder that is none": (
        {"gearmands": ("a",), "queues": ("q",), "folders": ("/none",)},
        "--plugins /none: No such file or directory.",
    ),
    "a file": ({"gearmands": ("a",), "queues": ("q",), "folders": ("/etc/passwd",)}, "it is not a folder."),
    "half a path": ({"gearmands": ("a",), "queues": ("q",), "folders": ("plugins",)}, "give a full path."),
    "a folder with a shell": ({"gearmands": ("a",), "queues": ("q",), "folders": ("/bin",)}, "it holds sh, with which"),
}


@pytest.mark.parametrize(("given", "why"), BAD.values(), ids=BAD)
def test_wrong_options_are_one_sentence(given: dict[str, Any], why: str) -> None:
    with pytest.raises(CannotDo) as caught:
        frontend(**given)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


def test_folder_that_everybody_may_write_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(CannotDo, match=f"--plugins {tmp_path}: everybody may write it"):
        frontend(gearmands=("a",), queues=("q",), folders=(str(tmp_path),))
    tmp_path.chmod(0o755)
    assert frontend(gearmands=("a",), queues=("q",), folders=(str(tmp_path),)) is not None


def test_refused_key_is_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("topsecret\n")
    os.chmod(file, 0o644)
    with pytest.raises(CannotDo) as caught:
        frontend(gearmands=("a",), queues=("q",), key_file=str(file))
    assert str(caught.value) == (f"The key file {file} has mode 0644, which is too open for a key: chmod 0640 {file}.")


def test_words_hold_all_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/etc")
    given = GearmanOptions(
        gearmands=("a", "b:1"),
        queues=("q", "r"),
        key_file="key",
        folders=("/p",),
        projects=("x",),
        variables=("LC_ALL=C", "A=b c"),
        max_age=90.0,
        name="n",
    )
    assert " ".join(given.words()) == (
        "--gearman a --gearman b:1 --queue q --queue r --key-file /etc/key --plugins /p --allow-project /etc/x "
        "--allow-env LC_ALL=C --allow-env A=b c --at-once 50 --max-age 90 --name n"
    )
    assert GearmanOptions().words() == []
