"""Jobs and results, as mod_gearman's broker module writes and reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.worker.gearman.messages import Job, Result, escaped, read_job, write_result
from checkwright.worker.gearman.payload import BadPayload
from tests.support.broker import job_text, read_result

SERVICE = """type=service
result_queue=check_results
target_queue=hostgroup_web
host_name=h1
service_description=s1
start_time=1795478810.0
next_check=1795478810.0
core_time=1795478810.034359
timeout=60
command_line=/usr/lib/nagios/plugins/check_dummy 1 "host h1 | a=1"


"""


def test_read_job_of_a_service() -> None:
    assert read_job(SERVICE) == Job(
        "service",
        '/usr/lib/nagios/plugins/check_dummy 1 "host h1 | a=1"',
        "check_results",
        "h1",
        "s1",
        "1795478810.034359",
        1795478810.034359,
        60,
    )


def test_write_result() -> None:
    result = Result(
        "h1", "s1", "1795478810.034359", 1795478810.05, 1795478810.000685, 1, "first line | perf\nlong \\n line\n", "w1"
    )
    assert write_result(result) == (
        "host_name=h1\ncore_start_time=1795478810.034359\nstart_time=1795478810.050000\nfinish_time=1795478810.000685\n"
        "return_code=1\nexited_ok=1\nsource=w1\nservice_description=s1\n"
        "output=first line | perf\\nlong \\\\n line\n\n\n"
    )


NAMES = st.text(st.characters(exclude_characters="\0\n", exclude_categories=["Cs"]), min_size=1, max_size=30)
OUTPUTS = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=200)


@given(NAMES, st.one_of(st.just(""), NAMES), OUTPUTS, st.integers(0, 3), st.floats(0, 4e9))
def test_model_of_the_module_reads_any_result(host: str, service: str, output: str, code: int, moment: float) -> None:
    found = read_result(write_result(Result(host, service, "12.5", moment, moment + 1, code, output, "w 1")))
    assert (found.host, found.service, found.code) == (host, service, code)
    assert found.output == output.rstrip("\n")
    assert found.core_time == "12.5"
    assert abs(found.finish - found.start - 1) < 0.001


@given(NAMES, NAMES, st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=80))
def test_job_of_the_model_is_read(host: str, service: str, arguments: str) -> None:
    command = f"/plugins/check_x {arguments}"
    job = read_job(job_text(host, service, command, core_time=12.5, timeout=60))
    assert (job.host, job.service, job.core_time, job.timeout) == (host, service, "12.500000", 60)
    assert job.command == command.partition("\n")[0].strip()


def test_line_end_in_the_command_adds_no_field() -> None:
    job = read_job(SERVICE.rstrip() + "\nhost_name=other\nresult_queue=elsewhere\ncommand_line=/bin/true\n")
    assert (job.host, job.result_queue) == ("h1", "check_results")
    assert job.command.startswith("/usr/lib/nagios/plugins/check_dummy")


def test_host_job_has_no_service_and_event_handler_no_answer() -> None:
    host = read_job(SERVICE.replace("type=service", "type=host"))
    assert (host.type, host.service, host.answered) == ("host", "", True)
    handler = read_job("type=eventhandler\nstart_time=1.0\ncommand_line=/bin/handle it\n")
    assert (handler.answered, handler.command, handler.result_queue) == (False, "/bin/handle it", "")


def test_job_without_a_command_is_readable() -> None:
    job = read_job(SERVICE.partition("command_line=")[0])
    assert (job.command, job.identity) == ("", ("h1", "s1", "1795478810.034359"))


def test_identity_of_long_names_is_short_and_distinct() -> None:
    jobs = [read_job(SERVICE.replace("host_name=h1", f"host_name={name * 90_000}")) for name in "ab"]
    assert all(sum(map(len, job.identity)) == 64 for job in jobs)
    assert jobs[0].identity != jobs[1].identity
    assert jobs[0].identity == read_job(SERVICE.replace("host_name=h1", f"host_name={'a' * 90_000}")).identity


BAD = {
    "nothing": ("", "it has no type"),
    "no type": ("host_name=h1\ncommand_line=x\n", "it has no type"),
    "an unknown type": (SERVICE.replace("type=service", "type=shutdown"), "it is a job of type 'shutdown'"),
    "no host": (SERVICE.replace("host_name=h1", "host_name="), "it is a service job without host_name"),
    "no service": (
        SERVICE.replace("service_description=s1\n", ""),
        "it is a service job without service_description",
    ),
    "nowhere to answer": (SERVICE.replace("result_queue=", "queue="), "it is a service job without result_queue"),
}


@pytest.mark.parametrize(("text", "why"), BAD.values(), ids=BAD)
def test_job_without_a_receiver_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadPayload, match=why):
        read_job(text)


@pytest.mark.parametrize("number", ["", "soon", "nan", "inf", "-5", "1e400"])
def test_invalid_times_are_ignored(number: str) -> None:
    job = read_job(SERVICE.replace("timeout=60", f"timeout={number}").replace("core_time=1795478810.034359\n", ""))
    assert job.timeout is None
    assert (job.core_time, job.sent) == ("1795478810.0", 1795478810.0)
    never = read_job(f"type=host\nhost_name=h\nresult_queue=r\ncore_time={number}\n")
    assert (never.core_time, never.sent) == ("", None)


def test_output_is_escaped() -> None:
    assert escaped("a\r\nb\\n\0c\n\n") == "a\\nb\\\\nc"
