"""The real nagios4 and the real NRPE, each in its own scratch folder, until a `with` ends."""

import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.real import require, starts_a_daemon

STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")

# Guard against hanging. Conditions usually take a second or two.
_PATIENCE = 60.0

#: Settings of the main configuration that Naemon warns of.
_UNKNOWN_TO_NAEMON = (
    "nagios_user",
    "nagios_group",
    "check_for_updates",
    "service_inter_check_delay_method",
    "host_inter_check_delay_method",
    "service_interleave_factor",
)


@dataclass(frozen=True)
class Status:
    """State of one service in status.dat. `raw` has all its fields."""

    host: str
    name: str
    state: str
    output: str
    long_output: str
    perfdata: str
    last_check: int
    checked: bool
    raw: Mapping[str, str] = field(repr=False)


class Nagios:
    """Running Nagios. `folder` belongs to its user."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    def services(self) -> dict[tuple[str, str], Status]:
        """Return all services of the last status.dat by host and description."""
        return {(status.host, status.name): status for status in map(_status, self._blocks("servicestatus"))}

    def hosts(self) -> dict[str, Mapping[str, str]]:
        """Return the fields of each host in status.dat."""
        return {block["host_name"]: block for block in self._blocks("hoststatus")}

    def log(self) -> str:
        path = self.folder / "nagios.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def send(self, command: str) -> None:
        """Send an external command, such as `SCHEDULE_FORCED_SVC_CHECK;web;disk;0`."""
        pipe = os.open(self.folder / "nagios.cmd", os.O_WRONLY | os.O_NONBLOCK)  # fails at once without a reader
        try:
            _, full, _ = select.select([], [pipe], [], 30)
            assert full, "Nagios has not read its command file for 30 s"
            os.write(pipe, f"[{int(time.time())}] {command}\n".encode())
        finally:
            os.close(pipe)

    def reload(self) -> None:
        """Reload the configuration, as `systemctl reload` does."""
        self._process.send_signal(signal.SIGHUP)

    def check_now(self, host: str, name: str) -> Status:
        """Run a service's check now and return its status."""
        return self.check_all_now([(host, name)])[host, name]

    def check_all_now(self, services: Collection[tuple[str, str]]) -> dict[tuple[str, str], Status]:
        """Run the checks of several services, by host and description, and return their statuses."""
        known = self.services()
        before = {service: known[service].last_check for service in services}
        # Nagios counts in whole seconds: two checks in one second look like one.
        self.wait(lambda: time.time() >= max(before.values()) + 1, "the next second")
        for host, name in services:
            self.send(f"SCHEDULE_FORCED_SVC_CHECK;{host};{name};{int(time.time())}")

        def checked() -> bool:
            found = self.services()
            return all(found[service].last_check > last for service, last in before.items())

        self.wait(checked, f"{', '.join(f'{name} on {host}' for host, name in services)} to be checked")
        found = self.services()
        return {service: found[service] for service in services}

    def wait_until_checked(self, count: int) -> dict[tuple[str, str], Status]:
        """Wait until `count` services exist and each has been checked. Returns them."""

        def checked() -> bool:
            services = self.services()
            return len(services) == count and all(status.checked for status in services.values())

        self.wait(checked, f"{count} services to be checked")
        return self.services()

    def wait(self, happened: Callable[[], bool], what: str) -> None:
        """Wait for a condition. Fails with the log if Nagios ends or the condition stays false."""
        deadline = time.monotonic() + _PATIENCE
        while not happened():
            if self._process.poll() is not None:
                raise AssertionError(f"Nagios ended while waiting for {what}:\n{self.output()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"waited in vain for {what}:\n{self.output()}")
            time.sleep(0.05)

    def output(self) -> str:
        """Return its standard output and its log."""
        return (self.folder / "stdout").read_text(errors="replace")[-4000:] + self.log()[-4000:]

    def _blocks(self, kind: str) -> list[dict[str, str]]:
        path = self.folder / "status.dat"
        if not path.exists():
            return []
        blocks = []
        for text in path.read_text(errors="surrogateescape").split("\n\n"):
            heading, _, body = text.strip().partition("{\n")
            if heading.strip() == kind:
                pairs = (line.strip().partition("=") for line in body.split("\n") if "=" in line)
                blocks.append({name: value for name, _, value in pairs})
        return blocks


@contextmanager
def nagios(objects: Mapping[str, str], *, naemon: str = "", **settings: str) -> Iterator[Nagios]:
    """Run Nagios with object files, as {relative path: text}, until the block ends. naemon: program to run instead.

    It writes to its own folder only. `settings` are added to its main configuration. All checks start at once,
    and status.dat is written every second; the block starts when it exists.
    """
    daemon = naemon or require("nagios4", package="nagios4-core")
    with scratch() as folder:
        main = _prepared(folder, objects, settings, without=_UNKNOWN_TO_NAEMON if naemon else ())
        with _running([daemon, str(main)], folder) as process:
            running = Nagios(folder, process)
            for name in ("status.dat", "nagios.cmd"):
                running.wait(lambda name=name: (folder / name).exists(), name)  # type: ignore[misc]
            yield running


def preflight(objects: Mapping[str, str], **settings: str) -> str:
    """Return the output of `nagios4 -v` for object files, as {relative path: text}."""
    daemon = require("nagios4", package="nagios4-core")
    with scratch() as folder:
        done = subprocess.run(
            [daemon, "-v", str(_prepared(folder, objects, settings))], capture_output=True, text=True, timeout=_PATIENCE
        )
        return done.stdout + done.stderr


def precache(objects: Mapping[str, str | bytes], **settings: str) -> str:
    """Return the objects as Nagios expands them (`nagios4 -vp`): without templates, nested groups and exclusions."""
    daemon = require("nagios4", package="nagios4-core")
    with scratch() as folder:
        texts = {path: text if isinstance(text, str) else text.decode("latin-1") for path, text in objects.items()}
        main = _prepared(folder, texts, settings)
        done = subprocess.run([daemon, "-vp", str(main)], capture_output=True, text=True, timeout=_PATIENCE)
        if done.returncode:
            raise AssertionError(f"Nagios refuses these objects:\n{done.stdout[-4000:]}{done.stderr}")
        return (folder / "objects.precache").read_text(encoding="utf-8", errors="surrogateescape")


@contextmanager
def nrpe(port: int, files: Mapping[str, str], sudoers: Mapping[str, str] | None = None) -> Iterator[None]:
    """Run the NRPE server on a port (see free_port) with files for its include folder, by name.

    It uses TLS as Debian's does, and runs commands as user nagios if the tests run as root. For it alone,
    /etc/sudoers.d has the texts in `sudoers`.
    """
    server = require("nrpe", package="nagios-nrpe-server")
    with scratch() as folder, with_sudoers(sudoers or {}) as prefix:
        (folder / "nrpe.d").mkdir()
        for name, text in files.items():
            place(folder / "nrpe.d" / name, text)
        user = _user()
        settings = {
            "server_address": "127.0.0.1",
            "server_port": str(port),
            "nrpe_user": user.pw_name,
            "nrpe_group": str(user.pw_gid),
            "pid_file": str(folder / "nrpe.pid"),
            "allowed_hosts": "127.0.0.1",
            "dont_blame_nrpe": "0",
            "command_timeout": "20",
            "include_dir": str(folder / "nrpe.d"),
        }
        main = place(folder / "nrpe.cfg", "".join(f"{name}={value}\n" for name, value in settings.items()))
        own(folder)
        # It changes its user itself, which needs root.
        with _running([*prefix, server, "-c", str(main), "-f"], folder, as_nagios=False) as process:
            _wait_for_port(port, process, folder)
            yield


@contextmanager
def with_sudoers(files: Mapping[str, str]) -> Iterator[list[str]]:
    """Yield a prefix for a command that sees these files in /etc/sudoers.d; other processes see the machine's own.

    Without files the prefix is empty. Skips the test without sudo or root.
    """
    if not files:
        yield []
        return
    require("sudo", package="sudo")
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0:
        pytest.skip("only root can give one process another /etc/sudoers.d, where processes may have their own mounts")
    with scratch() as folder:
        for path, text in files.items():
            place(folder / Path(path).name, text, mode=0o440)
        yield ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/sudoers.d && exec "$@"', str(folder)]


@contextmanager
def scratch() -> Iterator[Path]:
    """Yield a folder that user nagios can reach. pytest's tmp_path of root is closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="checkwright-test-"))
    try:
        folder.chmod(0o755)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def place(path: Path, text: str, *, mode: int = 0o644) -> Path:
    """Write a file, and make its parent folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    path.chmod(mode)
    return path


def own(folder: Path) -> None:
    """Change the owner of a folder and its contents to the user of Nagios."""
    user = _user()
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid)


def protect_links(folder: Path) -> None:
    """Let nobody but root replace links in a folder that Nagios writes: root deploys into no other."""
    if os.geteuid() == 0:
        os.chown(folder, 0, 0)
        folder.chmod(0o1777)


def _prepared(
    folder: Path, objects: Mapping[str, str], settings: Mapping[str, str], without: Collection[str] = ()
) -> Path:
    """Write object files and the main configuration for Nagios's user, and return the main file."""
    for path, text in objects.items():
        place(folder / "objects" / path, text)
    for name in ("results", "tmp"):
        (folder / name).mkdir()
    main = place(folder / "nagios.cfg", _main(folder, settings, without))
    own(folder)
    return main


def _user() -> pwd.struct_passwd:
    return pwd.getpwnam("nagios") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def _main(folder: Path, settings: Mapping[str, str], without: Collection[str]) -> str:
    user = _user()
    lines = {
        "cfg_dir": str(folder / "objects"),
        "log_file": str(folder / "nagios.log"),
        "object_cache_file": str(folder / "objects.cache"),
        "precached_object_file": str(folder / "objects.precache"),
        "status_file": str(folder / "status.dat"),
        "state_retention_file": str(folder / "retention.dat"),
        "command_file": str(folder / "nagios.cmd"),
        "lock_file": str(folder / "nagios.lock"),
        "query_socket": str(folder / "nagios.qh"),
        "temp_file": str(folder / "tmp" / "nagios.tmp"),
        "temp_path": str(folder / "tmp"),
        "check_result_path": str(folder / "results"),
        "nagios_user": user.pw_name,
        "nagios_group": str(user.pw_gid),
        "illegal_object_name_chars": "`~!$%^&*|'\"<>?,()=",
        "illegal_macro_output_chars": "`~$&|'\"<>",
        "check_external_commands": "1",
        "check_for_updates": "0",
        "use_syslog": "0",
        "interval_length": "60",
        "status_update_interval": "1",
        "check_result_reaper_frequency": "1",
        "service_freshness_check_interval": "1",
        "service_inter_check_delay_method": "n",
        "host_inter_check_delay_method": "n",
        "service_interleave_factor": "1",
        "check_workers": "2",
    }
    return "".join(f"{name}={value}\n" for name, value in (lines | dict(settings)).items() if name not in without)


def _status(block: Mapping[str, str]) -> Status:
    return Status(
        host=block["host_name"],
        name=block["service_description"],
        state=STATES[int(block["current_state"])],
        output=block.get("plugin_output", ""),  # Icinga writes none before the first check
        long_output=block.get("long_plugin_output", "").replace("\\n", "\n"),
        perfdata=block.get("performance_data", ""),
        last_check=int(block["last_check"]),
        checked=block["has_been_checked"] == "1",
        raw=block,
    )


@contextmanager
def _running(argv: list[str], folder: Path, *, as_nagios: bool = True) -> Iterator[subprocess.Popen[bytes]]:
    """Run a daemon in the foreground with its output in the folder. Ends it with all processes that it started."""
    user = _user()
    changed = os.geteuid() == 0 and as_nagios
    starts_a_daemon(Path(argv[0]).name)
    with (folder / "stdout").open("wb") as output:
        process = subprocess.Popen(
            argv,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user.pw_uid if changed else None,
            group=user.pw_gid if changed else None,
            extra_groups=[] if changed else None,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _wait_for_port(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                output = (folder / "stdout").read_text(errors="replace")
                raise AssertionError(f"NRPE does not listen on port {port}:\n{output}") from None
            time.sleep(0.05)
