"""Model of mod_gearman's broker module in Nagios: it requests checks and reads the results.

It is written from the wire format and the behaviour of the module and shares no code with the project, so
that it does not repeat a mistake.
"""

import base64
import hashlib
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

RESULTS = "check_results"

_CAN_DO, _PRE_SLEEP, _NOOP, _JOB_CREATED, _GRAB_JOB, _NO_JOB, _JOB_ASSIGN = 1, 4, 6, 8, 9, 10, 11
_WORK_COMPLETE, _SET_CLIENT_ID = 13, 22
LOW, NORMAL, HIGH = 34, 18, 32
_AT_ONCE = 100

Service = tuple[str, str]  # host, service ("" for the host's own check)


def encrypted(text: str, key: str | None) -> bytes:
    """Return a payload: AES-256-ECB, key and text padded with NULs, then base64. Without a key only base64."""
    data = text.encode("utf-8", "surrogateescape")
    if key is not None:
        cipher = Cipher(algorithms.AES(key.encode()[:32].ljust(32, b"\0")), modes.ECB()).encryptor()
        data = cipher.update(data.ljust(len(data) + 16 - len(data) % 16, b"\0")) + cipher.finalize()
    return base64.b64encode(data)


def decrypted(payload: bytes, key: str | None) -> str:
    data = base64.b64decode(payload)
    if key is not None:
        cipher = Cipher(algorithms.AES(key.encode()[:32].ljust(32, b"\0")), modes.ECB()).decryptor()
        data = cipher.update(data) + cipher.finalize()
    return data.split(b"\0")[0].decode("utf-8", "surrogateescape")


def job_text(
    host: str, service: str, command: str, *, core_time: float, timeout: float = 60, kind: str = "", target: str = ""
) -> str:
    """Return a job as the module writes it."""
    lines = [f"type={kind or ('service' if service else 'host')}"]
    if kind not in ("eventhandler", "notification"):
        lines.append(f"result_queue={RESULTS}")
    lines += [f"target_queue={target}"] if target else []
    lines.append(f"host_name={host}")
    lines += [f"service_description={service}"] if service else []
    lines += [f"start_time={core_time:.1f}", f"next_check={core_time:.1f}", f"core_time={core_time:.6f}"]
    return "\n".join([*lines, f"timeout={timeout:.0f}", f"command_line={command}", "", "", ""])


@dataclass(frozen=True)
class CheckResult:
    """Result as the module passes it to Nagios. clock: time of reading on the monotonic clock."""

    host: str
    service: str
    core_time: str
    start: float
    finish: float
    code: int
    output: str
    source: str
    clock: float


def read_result(text: str) -> CheckResult:
    """Parse a result as the module does: up to the first line without a value."""
    fields: dict[str, str] = {}
    for line in text.split("\n"):
        key, _, value = line.partition("=")
        if not value:
            break
        fields[key] = value
    output, escape = "", False
    for character in fields.get("output", ""):
        if escape:
            output += {"n": "\n", "\\": "\\"}.get(character, "\\" + character)
            escape = False
        elif character == "\\":
            escape = True
        else:
            output += character
    assert fields["exited_ok"] == "1"
    return CheckResult(
        fields["host_name"],
        fields.get("service_description", ""),
        fields["core_start_time"],
        float(fields["start_time"]),
        float(fields["finish_time"]),
        int(fields["return_code"]),
        output,
        fields["source"],
        time.monotonic(),
    )


class Connection:
    """Connection to a gearmand, closed at the end of a `with`. Raises OSError when the peer closes it."""

    def __init__(self, port: int, patience: float = 30) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), patience)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")

    def send(self, *packets: tuple[int, tuple[bytes, ...]]) -> None:
        bodies = [(kind, b"\0".join(arguments)) for kind, arguments in packets]
        self._socket.sendall(b"".join(struct.pack(">4sII", b"\0REQ", kind, len(body)) + body for kind, body in bodies))

    def receive(self) -> tuple[int, bytes]:
        header = self._whole(12)
        magic, kind, size = struct.unpack(">4sII", header)
        assert magic == b"\0RES", header
        return kind, self._whole(size)

    def patience(self, seconds: float) -> None:
        self._socket.settimeout(seconds)

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._file.close()
        self._socket.close()

    def _whole(self, size: int) -> bytes:
        data = self._file.read(size)
        if len(data) < size:
            raise ConnectionError("gearmand closed the connection")
        return data


def submit(port: int, queue: str, payload: bytes, *, unique: str = "", priority: int = NORMAL) -> None:
    """Submit one job to a queue."""
    with Connection(port) as line:
        line.send((priority, (queue.encode(), unique.encode(), payload)))
        kind, body = line.receive()
        assert kind == _JOB_CREATED, body


def results_on(port: int, key: str | None, count: int, queue: str = RESULTS) -> list[str]:
    """Take `count` results off the queue, as the module does. Returns their texts."""
    texts: list[str] = []
    with Connection(port, 60) as line:
        line.send((_CAN_DO, (queue.encode(),)), (_GRAB_JOB, ()))
        while len(texts) < count:
            kind, body = line.receive()
            if kind == _JOB_ASSIGN:
                handle, _, payload = body.split(b"\0", 2)
                texts.append(decrypted(payload, key))
                line.send((_WORK_COMPLETE, (handle, b"")))
            line.send((_PRE_SLEEP, ()) if kind == _NO_JOB else (_GRAB_JOB, ()))
    return texts


@dataclass
class Round:
    """One check that Nagios waits for. times: core_time of each job that requested it."""

    times: list[str] = field(default_factory=list)
    requested: float = 0.0
    answers: list[CheckResult] = field(default_factory=list)


class Broker:
    """Requests the checks of services by their command lines, and collects the results.

    A service without a result `orphan_after` seconds after the request is an orphan, and is requested again; with
    None only by `request_orphans`. queue: queue of all jobs. key: None for payloads in clear.
    """

    def __init__(
        self,
        port: int,
        services: Mapping[Service, str],
        *,
        key: str | None,
        queue: str = "service",
        orphan_after: float | None = 10,
        timeout: float = 60,
    ) -> None:
        self.services = dict(services)
        self.rounds: dict[Service, list[Round]] = {service: [] for service in self.services}
        self.unexpected: list[str] = []
        self.orphaned: list[Service] = []
        self._port = port
        self._key = key
        self._queue = queue
        self._orphan_after = orphan_after
        self._timeout = timeout
        self._lock = threading.Lock()
        self._last = 0.0
        self._open: dict[Service, Round] = {}
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._collect), threading.Thread(target=self._request_late)]

    def __enter__(self) -> "Broker":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def request(self, services: Iterable[Service] | None = None, *, a_second: float | None = None) -> None:
        """Request each service once, `a_second` of them per second, by default without a limit."""
        chosen = list(self.services if services is None else services)
        began = time.monotonic()
        for position in range(0, len(chosen), _AT_ONCE):
            if a_second is not None:
                time.sleep(max(0.0, began + position / a_second - time.monotonic()))
            batch = chosen[position : position + _AT_ONCE]
            for service in batch:
                with self._lock:
                    self._open[service] = Round()
                    self.rounds[service].append(self._open[service])
            self._submit(batch)

    def wait(self, patience: float = 60) -> None:
        """Wait until every request has a result."""
        end = time.monotonic() + patience
        while self._open:
            left = list(self._open)
            assert time.monotonic() < end, f"{len(left)} services have no result, such as {left[:3]}: {self.unexpected}"
            time.sleep(0.02)

    def lost(self) -> list[Service]:
        """Return the services with a request that has no result."""
        return [service for service, rounds in self.rounds.items() if any(not one.answers for one in rounds)]

    def answered_twice(self) -> list[tuple[Service, str]]:
        """Return each job, by service and core_time, that has more than one result."""
        counted = Counter(
            (service, found.core_time)
            for service, rounds in self.rounds.items()
            for one in rounds
            for found in one.answers
        )
        return [job for job, times in counted.items() if times > 1]

    def request_orphans(self) -> None:
        """Request everything without a result again, after gearmand has lost its jobs."""
        with self._lock:
            orphans = [service for service, one in self._open.items() if one.times]
        self._request_again(orphans)

    def answers(self, service: Service) -> list[CheckResult]:
        return [found for one in self.rounds[service] for found in one.answers]

    def _submit(self, services: list[Service]) -> None:
        """Send jobs. Without a gearmand they are lost, as the module's are, and become orphans."""
        packets = []
        for service in services:
            with self._lock:
                one = self._open.get(service)
                if one is None:
                    continue
                self._last = max(time.time(), self._last + 0.000_002)  # each job has its own time
                one.times.append(f"{self._last:.6f}")
                one.requested = time.monotonic()
                text = job_text(*service, self.services[service], core_time=self._last, timeout=self._timeout)
            unique = hashlib.sha256("\0".join(service).encode()).hexdigest()[:60]
            priority = LOW if service[1] else NORMAL
            packets.append((priority, (self._queue.encode(), unique.encode(), encrypted(text, self._key))))
        with suppress(OSError), Connection(self._port) as line:
            line.send(*packets)
            for _ in packets:
                kind, body = line.receive()
                assert kind == _JOB_CREATED, body

    def _request_late(self) -> None:
        """Request services again whose result is late."""
        while self._orphan_after is not None and not self._ended.wait(0.2):
            late = time.monotonic() - self._orphan_after
            with self._lock:
                orphans = [service for service, one in self._open.items() if one.times and one.requested < late]
            self._request_again(orphans)

    def _request_again(self, orphans: list[Service]) -> None:
        self.orphaned += orphans
        for position in range(0, len(orphans), _AT_ONCE):
            self._submit(orphans[position : position + _AT_ONCE])

    def _collect(self) -> None:
        while not self._ended.is_set():
            try:
                with Connection(self._port) as line:
                    self._read(line)
            except OSError:
                self._ended.wait(0.1)

    def _read(self, line: Connection) -> None:
        line.send((_SET_CLIENT_ID, (b"broker",)), (_CAN_DO, (RESULTS.encode(),)), (_GRAB_JOB, ()))
        line.patience(0.5)
        while not self._ended.is_set():
            try:
                kind, body = line.receive()
            except TimeoutError:
                # After a timeout the file of a socket returns nothing more; open another connection.
                return
            if kind == _NO_JOB:
                line.send((_PRE_SLEEP, ()))
            elif kind == _NOOP:
                line.send((_GRAB_JOB, ()))
            elif kind == _JOB_ASSIGN:
                handle, _, payload = body.split(b"\0", 2)
                self._note(payload)
                line.send((_WORK_COMPLETE, (handle, b"")), (_GRAB_JOB, ()))

    def _note(self, payload: bytes) -> None:
        try:
            found = read_result(decrypted(payload, self._key))
        except Exception as error:
            self.unexpected.append(f"a result that cannot be read: {error!r}")
            return
        service = (found.host, found.service)
        with self._lock:
            rounds = self.rounds.get(service)
            one = next((one for one in rounds or () if found.core_time in one.times), None)
            if one is None:
                self.unexpected.append(f"a result for {service} that was not requested, of {found.core_time}")
                return
            one.answers.append(found)
            if self._open.get(service) is one:
                del self._open[service]
