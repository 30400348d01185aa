"""Damaged answers of every kind end in one sentence, and never in a defect of the check.

A target may send anything: another version, another program on its port, an answer that broke off, an attack. Each
test damages recorded answers and runs the whole check on them.
"""

import gzip
import json
import os
import shlex
import ssl
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import dns.message
import dns.rrset
import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.aws.source import Aws
from checks.clock.source import parse_tracking
from checks.heartbeat.source import JobRuns
from checks.kernel.source import Kernel
from checks.mail.source import parse as parse_queue
from checks.packages.source import parse as parse_upgrade
from checks.puppet.source import parse_message, parse_summary
from checks.raid.source import parse as parse_mdstat
from checks.system.source import System
from checks.varnish.source import parse as parse_varnishstat
from checkwright.core.catalog import find
from checkwright.core.errors import CheckError
from checkwright.core.outcome import Outcome
from checkwright.core.run import Run
from checkwright.core.source import Source
from checkwright.core.world import World
from checkwright.sources.command import Finished
from checkwright.sources.statefile import StateFile
from checkwright.testing.fakes import FakeStateFile
from checkwright.testing.plugin_output import output_problems
from tests.support.aws import give_credentials
from tests.support.foreign import Answering, answering, answering_by_udp, damaged, damaged_binary
from tests.support.server_checks import SERVERS, words_for

pytestmark = pytest.mark.slow

#: Damaged answers for each kind in a run of the tests. Search longer with CHECKWRIGHT_EXAMPLES=5000.
EXAMPLES = int(os.environ.get("CHECKWRIGHT_EXAMPLES", "25"))
RECORDED = Path(__file__).parent


def recorded(pattern: str) -> list[bytes]:
    found = [file.read_bytes() for file in sorted(RECORDED.glob(pattern))]
    assert found
    return found


def outcome_of(command_line: str, *sources: Source) -> Outcome:
    """Run a check as a user does, and return an outcome that is no defect of the check."""
    name, *words = shlex.split(command_line)
    run = Run(find(name), words, World(*sources))
    outcome = run.go()
    text, code = run.render(outcome)
    assert "the check itself failed" not in text, f"{text}\n" + "\n".join(outcome.debug)
    assert output_problems(text, code) == []
    return outcome


def fastcgi(body: bytes) -> bytes:
    """Return the records of an answer of PHP-FPM."""
    content = b"Content-Type: application/json\r\n\r\n" + body
    return b"\1\6\0\1%b\0\0%b\1\3\0\1\0\x08\0\0" % (len(content).to_bytes(2, "big"), content) + bytes(8)


def http(body: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join(
        (b"HTTP/1.1 200 OK", b"Connection: close", *headers, b"Content-Length: %d" % len(body), b"", body)
    )


def bulk(text: bytes) -> bytes:
    return b"$%d\r\n%b\r\n" % (len(text), text)


WORKER = json.dumps(
    {
        "held": 3,
        "waiting": 0,
        "oldest": 0.2,
        "p50": 0.004,
        "p99": None,
        "memory": 90_000_000,
        "processes": [{"stuck": 0}],
        "counts": {"ended": 1, "jobs": 12},
        "frontends": [{"name": "nagios:/q", "connected": True}],
    }
).encode()
DOCUMENT = b'{"state": "up", "pools": [{"name": "web", "used": 3, "size": 10}], "at": "2026-11-29T10:00:00Z", "n": "7"}'
JSON_API = (
    "json_api -u http://{address}/ --require state --value used=pools[0].used --value all=pools[*].used "
    "--value age=at:age --value n=n --value size=pools[name=web].size --word state=state:up"
)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/a\r\nSet-Cookie: a=b; Path=/; Max-Age=3\r\n"
REDIRECT += b"Content-Length: 0\r\n\r\n"

#: By name: a command line with {address}, {host} and {port}, and good answers.
TEXTS: dict[str, tuple[str, list[bytes]]] = {
    "gearman": (
        "gearman -H {address}",
        [data.rstrip(b".\n") + b"\n.\n" for data in recorded("gearman/recorded/status*")],
    ),
    "haproxy": ("haproxy -H {address}", recorded("haproxy/recorded/show-stat*")),
    "php_fpm": ("php_fpm -H {address} --max-children 5", recorded("php_fpm/recorded/*.json")),
    "nginx": ("nginx -u http://{address}/", recorded("nginx/recorded/*.txt")),
    "apache": ("apache -u http://{address}/", recorded("apache/recorded/*.txt")),
    "etcd": ("etcd -u http://{address}", recorded("etcd/recorded/*.txt")),
    "redis": ("redis -H {address}", recorded("redis/recorded/info-[!s]*")),
    "redis_sentinel": ("redis_sentinel -H {address}", recorded("redis/recorded/info-sentinel*")),
    "worker": ("worker -s {address}", [WORKER]),
    "json_api": (JSON_API, [DOCUMENT]),
    "http body": ("http -u http://{address}/ --expect up --reject down", [b"up", b"<html>\xe4 up</html>"]),
    "prometheus": (
        "prometheus -u http://{address}/ --value up=haproxy_process_uptime_seconds --may-miss up "
        "--value 'ok=haproxy_backend_http_responses_total{{code=\"2xx\"}}:by=proxy' --may-miss ok",
        recorded("prometheus/recorded/*.txt"),
    ),
    "http head": (
        "http -u http://{address}/ --expect-header text",
        [http(b"up", b"Content-Type: text/html; charset=utf-8", b"Set-Cookie: a=b"), CHUNKED, REDIRECT],
    ),
    "tcp_port": ("tcp_port -H {host} -p {port} -s hello --expect SSH", [b"SSH-2.0-OpenSSH_9.2\r\n"]),
    "smtp": ("tcp_port -H {host} -p {port} --starttls smtp", [b"220 a ESMTP\r\n250-a\r\n250 STARTTLS\r\n220 go\r\n"]),
    "imap": ("tcp_port -H {host} -p {port} --starttls imap", [b"* OK hi\r\n* 1 EXISTS\r\na1 OK go\r\n"]),
    "pop3": ("tcp_port -H {host} -p {port} --starttls pop3", [b"+OK hi\r\n+OK go\r\n"]),
    "ftp": ("tcp_port -H {host} -p {port} --starttls ftp", [b"220-hi\r\n220 there\r\n234 go\r\n"]),
    "sieve": (
        "tcp_port -H {host} -p {port} --starttls sieve",
        [b'"IMPLEMENTATION" "x"\r\n"STARTTLS"\r\nOK\r\nOK go\r\n'],
    ),
    "xmpp": (
        "tcp_port -H {host} -p {port} --starttls xmpp",
        [
            b"<?xml version='1.0'?><stream:stream><stream:features>"
            b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features><proceed/>"
        ],
    ),
}
#: How a body becomes the bytes of an answer, where the body is what is damaged.
WRAPPED: dict[str, Callable[[bytes], bytes]] = {
    "php_fpm": fastcgi,
    "nginx": http,
    "json_api": http,
    "http body": http,
    "prometheus": http,
    "redis": bulk,
    "redis_sentinel": lambda text: bulk(text) + b"+OK 3 usable\r\n",
}
MYSQL = b"\x4a\0\0\0\x0a8.0.36\0\x08\0\0\0abcdefgh\0\xff\xff\x21\x02\0\xff\xc1\x15" + bytes(10) + b"ijklmnopqrst\0"
MYSQL += b"caching_sha2_password\0"
#: The same for protocols of bytes.
BINARY: dict[str, tuple[str, list[bytes]]] = {
    "php_fpm records": ("php_fpm -H {address}", [fastcgi(data) for data in recorded("php_fpm/recorded/*.json")]),
    "redis replies": (
        "redis -H {address}",
        [bulk(b"redis_version:7.0.15\r\nrole:master\r\n"), b"*2\r\n:1\r\n$1\r\na\r\n"],
    ),
    "mysql": ("tcp_port -H {host} -p {port} --starttls mysql", [MYSQL]),
    "postgres": ("tcp_port -H {host} -p {port} --starttls postgres", [b"S", b"N"]),
    "ldap": (
        "tcp_port -H {host} -p {port} --starttls ldap",
        [b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"],
    ),
    "tls": (
        "tls_certificate -H {host} -p {port}",
        [
            b"\x16\x03\x03\0\x31\x02\0\0\x2d\x03\x03" + bytes(32) + b"\0\xc0\x2f\0\0\x05\xff\x01\0\x01\0",
            b"\x15\x03\x03\0\x02\x02\x28",
        ],
    ),
    "gzip": (
        "http -u http://{address}/",
        [
            http(gzip.compress(b"hello" * 9), b"Content-Encoding: gzip"),
            http(zlib.compress(b"hello"), b"Content-Encoding: deflate"),
        ],
    ),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Answering]:
    with answering() as found:
        yield found


@pytest.fixture(scope="module")
def socket_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answering]:
    with answering(tmp_path_factory.mktemp("socket")) as found:
        yield found


def answered(command_line: str, server: Answering, data: bytes) -> Outcome:
    """Run a check against a server that answers with `data`."""
    host, _, port = server.address.rpartition(":")
    server.data = data
    return outcome_of(command_line.format(address=server.address, host=host, port=port), FakeStateFile())


@pytest.mark.parametrize("kind", TEXTS)
def test_damaged_text_of_a_server(kind: str, server: Answering, socket_server: Answering) -> None:
    command_line, samples = TEXTS[kind]
    wrap = WRAPPED.get(kind, bytes)
    own = socket_server if kind == "worker" else server

    @settings(max_examples=EXAMPLES)
    @given(damaged(samples))
    def attempt(data: bytes) -> None:
        answered(command_line, own, wrap(data))

    # The samples themselves are understood: the damage is what the check reports.
    states = {answered(command_line, own, wrap(sample)).state for sample in samples} if kind in WRAPPED else {"OK"}
    assert states - {"UNKNOWN"}
    attempt()


#: Answers of servers that are none, and of ones of another version.
ANYTHING = [
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"-ERR unknown command\r\n",
    b"\x16\x03\x01\0\x05hello" + bytes(20),
    b"5\0\0\0\x0a8.0.36\0" + bytes(48),
    b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I",
    b'{"status": "up", "version": {"number": "2.4"}, "nodes": [{"name": "a", "used": 3}], "uptime": 12}\r\n',
    b"STAT pid 1\r\nSTAT uptime 3\r\nEND\r\n",
    b'# HELP a b\na{b="c"} 3\na 4\n',
    b"Active connections: 1\nserver accepts handled requests\n 1 1 1\nReading: 0 Writing: 1 Waiting: 0\n",
    b"Total Accesses: 3\nBusyWorkers: 1\nScoreboard: _W..\n",
    b"null",
    b"[]",
    b'["x", 3, null, {}]',
]


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("wrap", [bytes, http], ids=["raw", "http"])
def test_a_server_of_another_kind_is_one_sentence(name: str, wrap: Callable[[bytes], bytes], server: Answering) -> None:
    words = words_for(SERVERS[name], int(server.address.rpartition(":")[2]))
    assert words is not None

    @settings(max_examples=EXAMPLES)
    @given(damaged(ANYTHING))
    def attempt(data: bytes) -> None:
        server.data = wrap(data)
        outcome_of(shlex.join([name, *words, "-t", "3"]), FakeStateFile())

    attempt()


@pytest.mark.parametrize("kind", BINARY)
def test_damaged_bytes_of_a_server(kind: str, server: Answering) -> None:
    command_line, samples = BINARY[kind]

    @settings(max_examples=EXAMPLES)
    @given(damaged_binary(samples))
    def attempt(data: bytes) -> None:
        answered(command_line, server, data)

    attempt()


DNS = {
    "A": ("shop.test. 60 IN A 192.0.2.1", "shop.test. 60 IN A 192.0.2.2"),
    "AAAA": ("shop.test. 60 IN CNAME www.shop.test.", "www.shop.test. 60 IN AAAA 2001:db8::1"),
    "MX": ("shop.test. 60 IN MX 10 mail.shop.test.",),
    "TXT": ('shop.test. 60 IN TXT "v=spf1 -all" "more"',),
    "SRV": ("shop.test. 60 IN SRV 1 2 443 www.shop.test.",),
    "SOA": ("shop.test. 60 IN SOA ns.shop.test. admin.shop.test. 1 2 3 4 5",),
    "CAA": ('shop.test. 60 IN CAA 0 issue "ca.test"',),
    "NS": ("shop.test. 60 IN NS ns.shop.test.",),
}


@pytest.mark.parametrize("kind", DNS)
def test_damaged_answers_of_dns(kind: str) -> None:
    query = dns.message.make_query("shop.test", kind)
    response = dns.message.make_response(query)
    for line in DNS[kind]:
        name, seconds, _, found, text = line.split(" ", 4)
        response.answer.append(dns.rrset.from_text(name, int(seconds), "IN", found, text))

    with answering_by_udp(2) as server:
        line = f"dns -H shop.test --type {kind} --server 127.0.0.1:{server.port} -t 0.25"
        server.data = response.to_wire()[2:]
        good = outcome_of(line)
        assert good.state == "OK", good.summary

        @settings(max_examples=EXAMPLES // 2)
        @given(damaged_binary([server.data]))
        def attempt(data: bytes) -> None:
            server.data = data
            outcome_of(line)

        attempt()


QUEUE_URL = b'{"QueueUrl": "http://127.0.0.1/1/orders"}'
COUNTS = b'{"Attributes": {"ApproximateNumberOfMessages": "3", "ApproximateNumberOfMessagesNotVisible": "0", '
COUNTS += b'"ApproximateNumberOfMessagesDelayed": "0", "MessageRetentionPeriod": "345600"}}'


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    source = Aws.open()
    yield source
    source.close()


@pytest.mark.parametrize("damage", ["GetQueueUrl", "GetQueueAttributes", "GetMetricData", "errors"])
def test_damaged_answers_of_aws(damage: str, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    give_credentials(monkeypatch)
    age = {"Id": "q0", "Label": "x", "Timestamps": [time.time() - 60], "Values": [3.0], "StatusCode": "Complete"}
    ages = json.dumps({"MetricDataResults": [age], "Messages": []}).encode()
    good = {"GetQueueUrl": QUEUE_URL, "GetQueueAttributes": COUNTS, "GetMetricData": ages}
    samples = {**good, "errors": b'{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "it is gone"}'}

    def answer(body: bytes) -> bytes:
        return http(body) if damage != "errors" else http(body).replace(b"200 OK", b"400 Bad Request")

    with answering() as server:
        line = f"sqs_backlog --queue orders --region eu-west-1 --endpoint-url http://{server.address} -t 3"

        def outcome_of_data(data: bytes) -> Outcome:
            bodies = {**good, damage: data} if damage in good else dict.fromkeys(good, data)
            server.by_request = {name.encode(): answer(body) for name, body in bodies.items()}
            return outcome_of(line, aws)

        found = outcome_of_data(samples[damage])
        assert found.state == ("CRITICAL" if damage == "errors" else "OK"), found.summary

        @settings(max_examples=EXAMPLES // 2)
        @given(damaged([samples[damage]]))
        def attempt(data: bytes) -> None:
            outcome_of_data(data)

        attempt()


MOUNTINFO = b"""\
24 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro
25 24 0:22 / /proc rw,nosuid shared:12 - proc proc rw
26 24 0:23 / /run\\040x rw,nosuid shared:13 - tmpfs tmpfs rw,size=1k
"""
#: Files of the kernel, and the checks that read them.
KERNEL: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "proc/stat": (b"cpu  10 2 3 400 5 0 6 0 0 0\ncpu0 1 2 3 4 5 0 6 0 0 0\nbtime 1\n", ("cpu",)),
    "proc/meminfo": (
        b"MemTotal: 8000 kB\nMemFree: 1 kB\nMemAvailable: 4000 kB\nSwapTotal: 100 kB\nSwapFree: 50 kB\n",
        ("memory", "swap"),
    ),
    "proc/vmstat": (b"pswpin 3\npswpout 4\noom_kill 1\n", ("swap", "memory", "kernel_events")),
    "proc/net/netstat": (b"TcpExt: ListenDrops TCPSynRetrans\nTcpExt: 7 30\n", ("sockets",)),
    "proc/net/snmp": (b"Tcp: CurrEstab OutSegs RetransSegs\nTcp: 12 1000 10\n", ("sockets",)),
    "proc/net/sockstat": (b"sockets: used 126\nTCP: inuse 40 orphan 2 tw 166 alloc 43 mem 233\n", ("sockets",)),
    "proc/net/tcp": (
        b"  sl  local_address rem_address   st\n   0: 0100007F:8020 0600000A:0050 01 00000000:00000000\n",
        ("sockets --pairs",),
    ),
    "proc/sys/net/ipv4/ip_local_port_range": (b"32768\t60999\n", ("sockets --pairs",)),
    "proc/sys/fs/file-nr": (b"1000\t0\t4000\n", ("sockets",)),
    "proc/uptime": (b"86400.50 1.0\n", ("reboot",)),
    "proc/sys/kernel/osrelease": (b"6.1.0-9-amd64\n", ("reboot",)),
    "proc/self/mountinfo": (MOUNTINFO, ("disk -p /", "load")),
    "proc/self/cgroup": (b"0::/system.slice/a.service\n", ("memory --cgroup", "load")),
    "sys/fs/cgroup/system.slice/a.service/memory.max": (b"4096000\n", ("memory --cgroup",)),
    "sys/fs/cgroup/system.slice/a.service/memory.current": (b"409600\n", ("memory --cgroup",)),
    "sys/fs/cgroup/system.slice/a.service/memory.stat": (b"anon 3\ninactive_file 4\n", ("memory --cgroup",)),
    "sys/fs/cgroup/system.slice/a.service/cpu.max": (b"150000 100000\n", ("load",)),
    "proc/diskstats": (recorded("system/recorded/diskstats*")[0], ("disk_io",)),
    "proc/net/dev": (recorded("system/recorded/net-dev*")[0], ("network",)),
    **{
        f"proc/pressure/{name}": (recorded("system/recorded/pressure*")[0], ("pressure",))
        for name in ("cpu", "io", "memory")
    },
}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("machine")
    for name, (content, _) in KERNEL.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


@pytest.mark.parametrize("name", KERNEL)
def test_damaged_files_of_the_kernel(name: str, machine: Path) -> None:
    content, lines = KERNEL[name]

    def measured() -> dict[str, str]:
        outcomes = {
            line: outcome_of(line, System(str(machine)), Kernel(str(machine)), FakeStateFile()) for line in lines
        }
        return {line: outcome.summary for line, outcome in outcomes.items() if outcome.state == "UNKNOWN"}

    # Two equal readings have no growth.
    assert [summary for summary in measured().values() if not summary.endswith("has no value")] == []

    @settings(max_examples=EXAMPLES)
    @given(damaged([content]))
    def attempt(data: bytes) -> None:
        (machine / name).write_bytes(data)
        measured()

    try:
        attempt()
    finally:
        (machine / name).write_bytes(content)


#: Parsers of files and of output of programs, each with its recorded data.
PARSERS: dict[str, tuple[str, Callable[[str], object]]] = {
    "mdstat": ("raid/recorded/mdstat*", lambda text: parse_mdstat(text.split("\n"))),
    "Puppet's summary": ("puppet/recorded/*.yaml", parse_summary),
    "Puppet's lock": ("puppet/recorded/*.lock", parse_message),
    "postqueue": ("mail/recorded/postqueue-j*", lambda text: parse_queue(text.splitlines(), 1.8e9)),
    "apt-get": ("packages/recorded/apt-get*", lambda text: parse_upgrade(text.splitlines())),
    "chronyc": ("clock/recorded/tracking*", lambda text: parse_tracking(Finished(0, text))),
    "varnishstat": ("varnish/recorded/varnishstat*", parse_varnishstat),
}


@pytest.mark.parametrize("name", PARSERS)
def test_damaged_files_and_output_are_read_or_refused(name: str) -> None:
    pattern, parse = PARSERS[name]

    @settings(max_examples=EXAMPLES)
    @given(damaged(recorded(pattern)))
    def attempt(data: bytes) -> None:
        with suppress(CheckError):
            parse(data.decode("utf-8", "replace"))

    attempt()


UNITS = b"""\
Id=backup.timer
LoadState=loaded
ActiveState=active
SubState=elapsed
NextElapseUSecRealtime=
NextElapseUSecMonotonic=infinity
StateChangeTimestampMonotonic=1000

Type=simple
Id=nginx.service
LoadState=loaded
ActiveState=activating
SubState=auto-restart
Result=exit-code
NRestarts=7
ActiveEnterTimestampMonotonic=5000000
StateChangeTimestampMonotonic=5000000
"""


@pytest.mark.parametrize("line", ["systemd_unit -u 'a*'", "systemd_unit --failed"])
def test_damaged_output_of_systemctl(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program, output = tmp_path / "systemctl", tmp_path / "output"
    program.write_text(f"#!/bin/sh\nexec cat {output}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    @settings(max_examples=EXAMPLES)
    @given(damaged([UNITS]))
    def attempt(data: bytes) -> None:
        output.write_bytes(data)
        outcome_of(line, FakeStateFile({"last": {"nginx.service": 3}}))

    attempt()


def test_damaged_records_of_jobs(tmp_path: Path) -> None:
    JobRuns().record("backup", seconds=3, exit_code=0, folder=str(tmp_path))
    record = tmp_path / "backup.json"
    line = f"heartbeat --job backup --folder {tmp_path} -c 90000"
    assert outcome_of(line).state == "OK"

    @settings(max_examples=EXAMPLES)
    @given(damaged([record.read_bytes()]))
    def attempt(data: bytes) -> None:
        record.write_bytes(data)
        outcome_of(line)

    attempt()


class QuickStateFile(StateFile):
    """Real memory whose second reading does not wait."""

    def _wait(self, seconds: float) -> None:
        """Return at once."""


@pytest.mark.parametrize("line", ["cpu", "swap", "gearman -H {address}", "network"])
def test_damaged_memory_of_the_last_run(
    line: str, machine: Path, server: Answering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECKS_STATE_DIR", str(tmp_path))
    server.data = TEXTS["gearman"][1][0]
    line = line.format(address=server.address)
    sources = (System(str(machine)), QuickStateFile())
    outcome_of(line, *sources)
    kept = {file: file.read_bytes() for file in tmp_path.rglob("*.json")}
    assert kept

    @settings(max_examples=EXAMPLES)
    @given(st.data())
    def attempt(data: st.DataObject) -> None:
        for file, content in kept.items():
            file.write_bytes(data.draw(damaged([content])))
        outcome_of(line, *sources)

    attempt()


def test_damaged_certificates(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("shop.test", "10.0.0.1")
    pem = issued.cert_chain_pems[0].bytes() + authority.cert_pem.bytes() + issued.private_key_pem.bytes()
    der = ssl.PEM_cert_to_DER_cert(issued.cert_chain_pems[0].bytes().decode())
    file = tmp_path / "shop.pem"
    file.write_bytes(pem)
    assert outcome_of(f"tls_certificate -f {file}").state != "UNKNOWN"

    @settings(max_examples=EXAMPLES * 5)
    @given(damaged_binary([pem, der]))
    def attempt(data: bytes) -> None:
        file.write_bytes(data)
        outcome_of(f"tls_certificate -f {file}")
        outcome_of(f"tls_certificate -f {tmp_path}")

    attempt()
