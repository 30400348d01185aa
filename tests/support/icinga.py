"""The real icinga2, in a scratch folder and on no port, until a `with` ends. Its status file is that of Nagios."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from icinga_cfg.config_check import account, settings, write_scratch
from tests.support.nagios import Nagios, own, scratch
from tests.support.real import require, starts_a_daemon

_FEATURES = """
object CheckerComponent "checker" {{ }}
object NotificationComponent "notification" {{ }}
object FileLogger "log" {{
  severity = "notice"
  path = "{folder}/nagios.log"
}}
library "compat"
object StatusDataWriter "status" {{
  status_path = "{folder}/status.dat"
  objects_path = "{folder}/objects.cache"
  update_interval = 1s
}}
object ExternalCommandListener "command" {{
  command_path = "{folder}/nagios.cmd"
}}
"""


@contextmanager
def icinga(files: Mapping[str, str]) -> Iterator[Nagios]:
    """Run Icinga with the objects of a build until the block ends."""
    program = require("icinga2", package="icinga2-bin")
    starts_a_daemon("icinga2")
    with scratch() as folder:
        main = write_scratch(folder, (files,))
        main.write_text(main.read_text() + _FEATURES.format(folder=folder))
        own(folder)
        with (folder / "stdout").open("wb") as output:
            process = subprocess.Popen(
                [program, "daemon", *settings(folder, main)],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **account()},
            )
        running = Nagios(folder, process)
        try:
            for name in ("status.dat", "nagios.cmd"):
                running.wait(lambda name=name: (folder / name).exists(), name)  # type: ignore[misc]
            yield running
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(15)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
