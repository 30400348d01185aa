"""Test of the programs in the folder SENSU_GO_BIN. Without it, its skip stands for all tests of this folder."""

import subprocess

from tests.support.sensu_go import PROGRAMS, require_programs


def test_programs_start() -> None:
    folder = require_programs()
    for program in PROGRAMS:
        ended = subprocess.run([folder / program, "version"], capture_output=True, text=True, timeout=60, check=True)
        assert ended.stdout.startswith(f"{program} version ")
