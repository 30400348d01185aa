"""The test kit: `run` a check against fakes, compare what it says with a golden, and try what Nagios may do to it.

Importable by any project's tests. Fakes are loaded when they are asked for; each
subclasses the real source and keeps its signatures.
"""

from checks.kit.run import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checks.kit.conformance import assert_conforms as assert_conforms
    from checks.kit.fakes_aws import FakeAws as FakeAws
    from checks.kit.fakes_aws import FakeQueue as FakeQueue
    from checks.kit.fakes_meta import FakeBeats as FakeBeats
    from checks.kit.fakes_meta import FakeChecks as FakeChecks
    from checks.kit.fakes_meta import FakeWorkers as FakeWorkers
    from checks.kit.fakes_meta import WorkerStatus as WorkerStatus
    from checks.kit.fakes_services import FakeGearmanServers as FakeGearmanServers
    from checks.kit.fakes_services import JobQueue as JobQueue
    from checks.kit.fakes_system import FakeCommand as FakeCommand
    from checks.kit.fakes_system import FakeStateFile as FakeStateFile
    from checks.kit.fakes_system import FakeSystem as FakeSystem
    from checks.kit.fakes_system import File as File
    from checks.kit.fakes_system import Finished as Finished
    from checks.kit.fakes_system import Memory as Memory
    from checks.kit.fakes_system import Mount as Mount
    from checks.kit.fakes_system import Process as Process
    from checks.kit.fakes_system import Swap as Swap
    from checks.kit.fakes_system import Unit as Unit
    from checks.kit.fakes_system import Usage as Usage
    from checks.kit.fakes_web import Answer as Answer
    from checks.kit.fakes_web import Certificate as Certificate
    from checks.kit.fakes_web import Conversation as Conversation
    from checks.kit.fakes_web import FakeDns as FakeDns
    from checks.kit.fakes_web import FakeHttp as FakeHttp
    from checks.kit.fakes_web import FakeTcp as FakeTcp
    from checks.kit.fakes_web import FakeTls as FakeTls
    from checks.kit.fakes_web import Presented as Presented
    from checks.kit.fakes_web import Reply as Reply
    from checks.kit.fakes_web import Timings as Timings
    from checks.kit.golden import Golden as Golden

_HOMES: dict[str, str] = {
    "Answer": "fakes_web",
    "Certificate": "fakes_web",
    "Conversation": "fakes_web",
    "FakeAws": "fakes_aws",
    "FakeBeats": "fakes_meta",
    "FakeChecks": "fakes_meta",
    "FakeCommand": "fakes_system",
    "FakeDns": "fakes_web",
    "FakeGearmanServers": "fakes_services",
    "FakeHttp": "fakes_web",
    "FakeQueue": "fakes_aws",
    "FakeStateFile": "fakes_system",
    "FakeSystem": "fakes_system",
    "FakeTcp": "fakes_web",
    "FakeTls": "fakes_web",
    "FakeWorkers": "fakes_meta",
    "File": "fakes_system",
    "Finished": "fakes_system",
    "Golden": "golden",
    "JobQueue": "fakes_services",
    "Memory": "fakes_system",
    "Mount": "fakes_system",
    "Presented": "fakes_web",
    "Process": "fakes_system",
    "Reply": "fakes_web",
    "Swap": "fakes_system",
    "Timings": "fakes_web",
    "Unit": "fakes_system",
    "Usage": "fakes_system",
    "WorkerStatus": "fakes_meta",
    "assert_conforms": "conformance",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"checks.kit has no {name}")
    from importlib import import_module

    return getattr(import_module(f"checks.kit.{home}"), name)


__all__ = [
    "Answer",
    "Certificate",
    "Conversation",
    "FakeAws",
    "FakeBeats",
    "FakeChecks",
    "FakeCommand",
    "FakeDns",
    "FakeGearmanServers",
    "FakeHttp",
    "FakeQueue",
    "FakeStateFile",
    "FakeSystem",
    "FakeTcp",
    "FakeTls",
    "FakeWorkers",
    "File",
    "Finished",
    "Golden",
    "JobQueue",
    "Memory",
    "Mount",
    "Presented",
    "Process",
    "Reply",
    "Swap",
    "Timings",
    "Unit",
    "Usage",
    "WorkerStatus",
    "assert_conforms",
    "run",
]
