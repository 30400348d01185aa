"""Launchers in bin/: how a program of an installation finds its Python, and that variables PYTHON... change nothing."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.installed import ROOT, copied_venv, installed_bin, installed_venv

PROGRAMS = ("check", "checkwright-batch", "checkwright-downtime", "checkwright-notify", "checkwright-worker")
#: Each of them ended a check with exit 1, hung it, or ran somebody else's code.
VARIABLES = (
    "PYTHONHOME=/nowhere",
    "PYTHONPATH={planted}",
    "PYTHONPLATLIBDIR=nowhere",
    "PYTHONEXECUTABLE=/nowhere/python",
    "PYTHONUSERBASE={planted}",
    "PYTHONIOENCODING=nonsense",
    "PYTHONHASHSEED=nonsense",
    "PYTHONMALLOC=nonsense",
    "PYTHONUTF8=nonsense",
    "PYTHONTRACEMALLOC=nonsense",
    "PYTHONINTMAXSTRDIGITS=nonsense",
    "PYTHONWARNINGS=error",
    "PYTHONSTARTUP={planted}/os.py",
    "PYTHONINSPECT=1",
    "PYTHONVERBOSE=1",
    "PYTHONDEVMODE=1",
    "PYTHONOPTIMIZE=nonsense",
    "PYTHONPROFILEIMPORTTIME=1",
    "PYTHONFAULTHANDLER=1",
    "PYTHONPYCACHEPREFIX={planted}",
    "PYTHONCASEOK=1",
    "__PYVENV_LAUNCHER__=/nowhere/python",
)
OK = (0, "DUMMY OK: State ok (x)\n", "")


def run(
    program: Path | str, *words: str, env: dict[str, str] | None = None, cwd: Path | None = None
) -> tuple[int, str, str]:
    done = subprocess.run(
        [program, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", **(env or {})},
    )
    return done.returncode, done.stdout, done.stderr


def dummy(program: Path | str, *, env: dict[str, str] | None = None, cwd: Path | None = None) -> tuple[int, str, str]:
    return run(program, "dummy", "--text", "x", env=env, cwd=cwd)


def plant(folder: Path, names: Sequence[str], text: str = "#!/bin/sh\necho planted\nexit 0\n") -> Path:
    """Write programs or modules that print "planted" when something runs them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    modules = ("os.py", "site.py", "sitecustomize.py", "usercustomize.py", "checkwright.py", "nagiosplugin.py")
    return plant(tmp_path / "planted", modules, "print('planted')\n")


@pytest.mark.parametrize("variable", VARIABLES)
def test_check_ignores_variables_of_python(variable: str, planted: Path) -> None:
    name, _, value = variable.partition("=")
    assert dummy(installed_bin() / "check", env={name: value.format(planted=planted)}) == OK


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_launcher_ignores_variables_of_python(program: str, planted: Path) -> None:
    env = dict(variable.format(planted=planted).split("=", 1) for variable in VARIABLES)
    code, out, errors = run(installed_bin() / program, "--help", env=env)
    assert (out.split(" ")[:2], errors) == (["usage:", program], "")
    assert code == (3 if program == "check" else 0)


def test_batch_for_nagios_ignores_variables_of_python(tmp_path: Path) -> None:
    """Exit 1 of a batch in Nagios is a WARNING."""
    words = ("--central", "--once", "--to", "stdout", "--plan", str(tmp_path / "missing.json"))
    code, out, errors = run(installed_bin() / "checkwright-batch", *words, env={"PYTHONHOME": "/nowhere"})
    assert (code, out[:14], errors) == (3, "BATCH UNKNOWN:", "")


def test_link_from_another_folder_starts_the_python_of_the_installation(tmp_path: Path) -> None:
    """Next to the link may be a Python too, such as /usr/local/bin/python."""
    folder = plant(tmp_path / "plugins", ("python", "checkctl"))
    (folder / "check_dummy").symlink_to(installed_bin() / "check")
    assert run(folder / "check_dummy", "--text", "x") == OK
    assert run("./check_dummy", "--text", "x", cwd=folder) == OK


def test_nothing_is_looked_up_on_path(tmp_path: Path) -> None:
    folder = plant(tmp_path / "planted", ("python", "python3", "readlink", "dirname", "sh", "printf", "env"))
    (tmp_path / "check_dummy").symlink_to(installed_bin() / "check")
    assert dummy(installed_bin() / "check", env={"PATH": str(folder)}) == OK
    assert run(tmp_path / "check_dummy", "--text", "x", env={"PATH": str(folder)}) == OK
    assert dummy(installed_bin() / "check", env={"PATH": ""}, cwd=folder) == OK


@pytest.mark.parametrize("name", ["with blanks in it", "'\"$(id)`id`", "-n", "ümlaut", "a*b?[c]"])
def test_folder_of_the_installation_may_have_any_name(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    venv = copied_venv(tmp_path / name)
    assert dummy(venv / "bin/check") == OK
    assert run("./check", "dummy", "--text", "x", cwd=venv / "bin") == OK
    assert run("sh", "check", "dummy", "--text", "x", cwd=venv / "bin") == OK


def test_moved_environment_goes_on_working(tmp_path: Path) -> None:
    venv = copied_venv(tmp_path)
    venv.rename(tmp_path / "moved")
    assert dummy(tmp_path / "moved/bin/check") == OK
    assert run(tmp_path / "moved/bin/checkwright-batch", "--help")[1].startswith("usage: checkwright-batch ")


def test_python_may_be_named_before_the_launcher() -> None:
    assert run(installed_bin() / "python", str(installed_bin() / "check"), "dummy", "--text", "x") == OK


def test_editable_installation() -> None:
    """The environment of development is one."""
    program = Path(sys.executable).with_name("check")
    assert program.read_bytes() == (ROOT / "bin/check").read_bytes(), "run scripts/development"
    assert dummy(program, env={"PYTHONHOME": "/nowhere"}) == OK


@pytest.mark.parametrize("program", PROGRAMS)
def test_missing_python_is_one_sentence(program: str, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "bin" / program, tmp_path / "bin")
    code, out, errors = run(tmp_path / "bin" / program)
    assert (code, errors, out.count("\n")) == (3, "", 1)
    assert f" UNKNOWN: {program} cannot start: there is no Python at " in out
    (tmp_path / "pyvenv.cfg").touch()
    assert f"no Python at {tmp_path}/bin/python: install checkwright again\n" in run(tmp_path / "bin" / program)[1]


@pytest.mark.parametrize(
    "lines",
    ["#!{python}\n", "#!/bin/sh\n'''exec' {python} \"$0\" \"$@\"\n", '#!/bin/sh\n\'\'\'exec\' "{python}" "$0" "$@"\n'],
)
def test_outside_a_virtual_environment_the_python_is_that_of_checkctl(lines: str, tmp_path: Path) -> None:
    """pip writes these lines; the second and third where #! cannot express the path."""
    shutil.copy(ROOT / "bin/check", tmp_path)
    plant(tmp_path, ("python",))
    (tmp_path / "checkctl").write_text(lines.format(python=installed_bin() / "python") + "# -*- coding: utf-8 -*-\n")
    assert dummy(tmp_path / "check", env={"PYTHONHOME": "/nowhere"}) == OK


@pytest.mark.packages
def test_installation_for_one_user(tmp_path: Path) -> None:
    wheel = subprocess.run([ROOT / "scripts/build-wheel", tmp_path], stdout=subprocess.PIPE, text=True, check=True)
    (packages,) = installed_venv().glob("lib/python3*/site-packages")
    python = (installed_bin() / "python").resolve()
    home = {"HOME": str(tmp_path / "home")}
    pip = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--user",
        "--break-system-packages",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run(
        [*pip, wheel.stdout.strip()], env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(packages), **home}, check=True
    )
    (site,) = (tmp_path / "home/.local/lib").glob("python3*/site-packages")
    (site / "dependencies.pth").write_text(f"{packages}\n")
    assert dummy(tmp_path / "home/.local/bin/check", env={"PYTHONHOME": "/nowhere", **home}) == OK


@pytest.mark.parametrize("program", ["batch", "worker"])
def test_launchers_differ_in_their_names_only(program: str) -> None:
    expected = (ROOT / "bin/check").read_text().replace("CHECK UNKNOWN: check ", "{} UNKNOWN: checkwright-{} ")
    expected = expected.replace("checkwright.core.check_program", f"checkwright.{program}.{program}_program")
    found = (ROOT / f"bin/checkwright-{program}").read_text()
    assert found == expected.replace(
        "{} UNKNOWN: checkwright-{} ", f"{program.upper()} UNKNOWN: checkwright-{program} "
    )
    assert os.access(ROOT / f"bin/checkwright-{program}", os.X_OK)
