"""A real Sensu Go: backend, agents and sensuctl from the folder that SENSU_GO_BIN names.

Everything runs on free loopback ports with its files in a temporary folder.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
import requests
import yaml

from tests.support.ports import free_port

T = TypeVar("T")

PROGRAMS = ("sensu-backend", "sensu-agent", "sensuctl")
#: A started process may take this long on a busy machine. No test waits for it unless something is wrong.
PATIENCE = 60.0
_ADMIN, _PASSWORD = "admin", "P@ssw0rd!"
#: Seconds until sensuctl logs in again: a session ends after five minutes, and cannot be renewed after an idle time.
_LOGIN = 120.0
_ERRORS = ("error", "fatal", "panic")
#: Nothing listens there, so that nothing leaves this machine.
_NOWHERE = "http://127.0.0.1:9"
_HANDLER = """\
#!/usr/bin/python3 -SE
import json, os, sys
event = json.load(sys.stdin)
recipient = {key: value for key, value in os.environ.items() if key.startswith("CHECKWRIGHT_")}
line = json.dumps([sys.argv[1:], recipient, event]) + "\\n"
handle = os.open(%r, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
os.write(handle, line.encode())
"""


@dataclass(frozen=True)
class Notification:
    """Call of the recording handler: its arguments, the CHECKWRIGHT_ variables and the event."""

    arguments: tuple[str, ...]
    recipient: Mapping[str, str]
    event: Mapping[str, Any]

    @property
    def about(self) -> tuple[str, str, int]:
        """Entity, check and status."""
        check = self.event["check"]
        return self.event["entity"]["metadata"]["name"], check["metadata"]["name"], check["status"]


def require_programs() -> Path:
    """Return the folder with the programs. Skip the test if SENSU_GO_BIN does not name one."""
    folder = os.environ.get("SENSU_GO_BIN", "")
    if not folder:
        pytest.skip("SENSU_GO_BIN names no folder with sensu-backend, sensu-agent and sensuctl")
    for program in PROGRAMS:
        if not os.access(os.path.join(folder, program), os.X_OK):
            pytest.fail(f"SENSU_GO_BIN is {folder}, which has no {program}", pytrace=False)
    return Path(folder)


def eventually(find: Callable[[], T | None], what: str, *, within: float = PATIENCE) -> T:
    """Return the first true result of `find`. Fails the test if there is none in time."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        found = find()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"there was no {what} within {within:g} s")


class Backend:
    """Running sensu-backend with an embedded etcd."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs = programs
        self.folder = folder
        self.log = folder / "backend.log"
        self._login_ends = 0.0
        self._ports = [free_port() for _ in range(5)]
        api, agents, dashboard, client, peer = self._ports
        self.url = f"http://127.0.0.1:{api}"
        self.agent_url = f"ws://127.0.0.1:{agents}"
        self.handler = folder / "record"
        self._records = folder / "records.jsonl"
        self.handler.write_text(_HANDLER % str(self._records), encoding="utf-8")
        self.handler.chmod(0o755)
        etcd = f"http://127.0.0.1:{client}"
        peers = f"http://127.0.0.1:{peer}"
        options = {
            "state-dir": folder / "state",
            "cache-dir": folder / "cache",
            "log-level": "warn",
            "api-listen-address": f"127.0.0.1:{api}",
            "api-url": self.url,
            "agent-host": "127.0.0.1",
            "agent-port": agents,
            "dashboard-host": "127.0.0.1",
            "dashboard-port": dashboard,
            "etcd-listen-client-urls": etcd,
            "etcd-advertise-client-urls": etcd,
            "etcd-listen-peer-urls": peers,
            "etcd-initial-advertise-peer-urls": peers,
            "etcd-initial-cluster": f"default={peers}",
            # On a busy machine the store would lose its leader, and with it the backend's watches of checks.
            "etcd-heartbeat-interval": 500,
            "etcd-election-timeout": 5000,
        }
        flags = [f"--{name}={value}" for name, value in options.items()]
        flags += ["--disable-platform-metrics", "--etcd-unsafe-no-fsync"]
        self._process = _started([programs / "sensu-backend", "start", *flags], folder, self.log)
        try:
            _run(
                # An attempt that is given up, by default after 5 s, would leave its lock to all later ones.
                [programs / "sensu-backend", "init", "--wait", "--timeout=50s", f"--etcd-client-urls={etcd}"],
                SENSU_BACKEND_CLUSTER_ADMIN_USERNAME=_ADMIN,
                SENSU_BACKEND_CLUSTER_ADMIN_PASSWORD=_PASSWORD,
            )
        except BaseException:
            self.stop()
            raise
        eventually(self._is_healthy, "healthy backend")
        self.ctl("tessen", "opt-out", "--skip-confirm")
        self._session = requests.Session()
        self._session.trust_env = False
        key = self.ctl("api-key", "grant", _ADMIN).strip().rpartition("/")[2]
        self._session.headers["Authorization"] = f"Key {key}"

    def ctl(self, *arguments: str | Path, check: bool = True) -> str:
        """Run sensuctl as the administrator. Return its output. Raises AssertionError if it fails."""
        config = self.folder / "sensuctl"
        if time.monotonic() > self._login_ends:
            config.mkdir(exist_ok=True)
            self._login_ends = time.monotonic() + _LOGIN
            flags = ("--non-interactive", "--url", self.url, "--username", _ADMIN, "--password", _PASSWORD)
            _run([self.programs / "sensuctl", "configure", *flags], XDG_CONFIG_HOME=str(config), HOME=str(config))
        command = [self.programs / "sensuctl", *map(str, arguments)]
        return _run(command, check=check, XDG_CONFIG_HOME=str(config), HOME=str(config))

    def create(self, text: str) -> None:
        """Create the resources of a build."""
        file = self.folder / "create.json"
        file.write_text(text, encoding="utf-8")
        self.ctl("create", "--file", file)

    def get(self, path: str) -> Any:
        """Return an answer of the API: `namespaces/production/events`."""
        answer = self._session.get(f"{self.url}/api/core/v2/{path}", timeout=10)
        return answer.json() if answer.status_code == 200 else None

    def execute(self, namespace: str, check: str) -> None:
        """Request one run of a check now, on the agents of its subscriptions."""
        url = f"{self.url}/api/core/v2/namespaces/{namespace}/checks/{check}/execute"
        answer = self._session.post(url, json={"check": check}, timeout=10)
        assert answer.status_code == 202, answer.text

    def event(self, namespace: str, entity: str, check: str) -> dict[str, Any] | None:
        """Return the stored event, None if there is none."""
        found: dict[str, Any] | None = self.get(f"namespaces/{namespace}/events/{entity}/{check}")
        return found

    def notifications(self, namespace: str) -> list[Notification]:
        """Return the calls of the recording handler in this namespace, in their order."""
        if not self._records.exists():
            return []
        lines = self._records.read_text(encoding="utf-8").splitlines()
        calls = [
            Notification(tuple(arguments), recipient, event) for arguments, recipient, event in map(json.loads, lines)
        ]
        return [call for call in calls if call.event["entity"]["metadata"]["namespace"] == namespace]

    def errors(self) -> list[str]:
        """Return the messages of severity error in the backend's log, without those of its report to the makers."""
        return [error for error in errors_of(self.log) if not error.startswith("tessend:")]

    def stop(self) -> None:
        _stop(self._process)

    def _is_healthy(self) -> bool:
        try:
            return requests.get(f"{self.url}/health", timeout=5, proxies={"http": ""}).ok
        except requests.RequestException:
            return False


@dataclass
class Agent:
    """Running sensu-agent. `settings` are those of its agent.yml."""

    backend: Backend
    folder: Path
    settings: dict[str, Any]
    environment: Mapping[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / "agent.log"
        self.api_port = free_port()
        self._ports = {"api-port": self.api_port, "socket-port": free_port(), "statsd-disable": True}
        self.start()

    @property
    def name(self) -> str:
        return str(self.settings["name"])

    def start(self) -> None:
        """Start the agent and wait until the backend has its entity and the agent its connection."""
        base = {
            "backend-url": [self.backend.agent_url],
            "user": "admin",
            "password": _PASSWORD,
            "cache-dir": str(self.folder / "cache"),
            "backend-heartbeat-interval": 2,
            "backend-heartbeat-timeout": 5,
            "retry-min": "200ms",
            "retry-max": "1s",
            "strip-networks": True,
            **self._ports,
        }
        file = self.folder / "agent.yml"
        file.write_text(yaml.safe_dump(base | self.settings), encoding="utf-8")
        command = [self.backend.programs / "sensu-agent", "start", "--config-file", file, "--log-level", "info"]
        self._process = _started(command, self.folder, self.log, **self.environment)
        started = time.time()

        def connected() -> bool:
            found = self.backend.event(str(self.settings["namespace"]), self.name, "keepalive")
            return bool(found and found["timestamp"] >= int(started))

        eventually(connected, f"keepalive of the agent {self.name}")

    @property
    def pid(self) -> int:
        """Number of its process, 0 if it was never started."""
        return self._process.pid if self._process else 0

    def kill(self) -> None:
        """End the agent as a power failure would."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None:
            _stop(self._process)

    def restart(self, **settings: Any) -> None:
        """Stop the agent, and start it with changed settings."""
        self.stop()
        self.settings |= settings
        self.start()

    def errors(self) -> list[str]:
        """Return the messages of severity error in the agent's log."""
        return errors_of(self.log)

    def errors_by_check(self) -> dict[str, list[str]]:
        """Return {check: messages of severity error about it}.

        An agent also refuses a request for a check that still runs, which is no error of the check.
        """
        found: dict[str, list[str]] = {}
        for entry in _entries(self.log):
            if entry.get("level") in _ERRORS and "still in progress" not in str(entry.get("error")):
                found.setdefault(str(entry.get("check")), []).append(str(entry.get("msg")))
        return found


@contextmanager
def agents(
    backend: Backend, folder: Path, *settings: Mapping[str, Any], environment: Mapping[str, str] | None = None
) -> Iterator[list[Agent]]:
    """Run agents with these settings, and with these variables in their environment. They are stopped at the end."""
    running: list[Agent] = []
    try:
        for one in settings:
            running.append(Agent(backend, folder / str(one["name"]), dict(one), environment or {}))
        yield running
    finally:
        for agent in running:
            agent.stop()


def errors_of(log: Path) -> list[str]:
    """Return the messages of severity error in a log of Sensu."""
    return [
        f"{entry.get('component')}: {entry.get('msg')} {entry.get('error', '')}".rstrip()
        for entry in _entries(log)
        if entry.get("level") in _ERRORS
    ]


def _entries(log: Path) -> Iterator[dict[str, Any]]:
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        with suppress(ValueError):
            entry = json.loads(line)
            if isinstance(entry, dict):
                yield entry


def _environment(**further: str) -> dict[str, str]:
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HTTPS_PROXY": _NOWHERE,
        "NO_PROXY": "127.0.0.1,localhost",
        "LANG": "C.UTF-8",
        **further,
    }


def _started(command: list[Any], folder: Path, log: Path, **environment: str) -> subprocess.Popen[bytes]:
    with log.open("ab") as stream:
        return subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            cwd=folder,
            env=_environment(HOME=str(folder), **environment),
            start_new_session=True,
        )


def _run(command: list[Any], *, check: bool = True, **environment: str) -> str:
    ended = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        env=_environment(**environment),
        timeout=PATIENCE,
        check=False,
    )
    assert not check or ended.returncode == 0, f"{command}: {ended.stdout}{ended.stderr}"
    return ended.stdout


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
