"""Fuzz targets: parsers of text from outside, with any bytes. `make test` tries a few examples, `make fuzz` many.

A parser returns a value or raises its own error, with the same result however the bytes are cut, and each output of a
check keeps the contract of `assert_conforms`.
"""

import json
import math
import os
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checkwright.batch.results import parts_of, values_of
from checkwright.core.argv import parse
from checkwright.core.catalog import all_checks
from checkwright.core.check_program import internal_error
from checkwright.core.conversion import NotConvertible
from checkwright.core.errors import BadUsage, CannotTell
from checkwright.core.outcome import LIMIT, STATES, Line, Outcome, Reading
from checkwright.core.run import Run
from checkwright.core.shell_words import argv
from checkwright.core.text import perf_label
from checkwright.core.world import World
from checkwright.sources.http_answer import Answer, BrokenAnswer, CutAnswer, NoAnswer, NoHttp, Reader
from checkwright.sources.http_url import BadUrl, Url
from checkwright.sources.prometheus_text import PrometheusText
from checkwright.sources.statefile import StateFile
from checkwright.testing.plugin_output import output_problems
from checkwright.worker.gearman.messages import read_job
from checkwright.worker.gearman.packets import REQUEST, RESPONSE, Kind, PacketReader, ProtocolError, request
from checkwright.worker.gearman.payload import BadPayload, Codec
from nagios_cfg.reader.config_text import CannotRead, definitions
from tests.support.current_run import current_run

#: Examples of each target: few in `make test`, and more by `make fuzz`.
EXAMPLES = int(os.environ.get("CHECKWRIGHT_FUZZ", "60"))
bounded = settings(max_examples=EXAMPLES)

CHECKS = {found.name: found.load() for found in all_checks()}
#: Text with what parsers trip over: quotes, bars, controls, bidi marks, surrogates, digits of other scripts.
SHARP = "'\"\\|;=:-@~{}[]()<>$`&#%*? \t\n\r\0\x1b\x7f\x85\u2028\u202e\udc80\ufeff\u0663\xbd\xb2"
TEXTS = st.text(st.one_of(st.sampled_from(SHARP), st.characters()), max_size=40)
FLAGS = sorted({flag for kind in CHECKS.values() for option in kind.options.values() for flag in option.flags})
WORDS = st.lists(
    st.one_of(TEXTS, st.sampled_from([*FLAGS, "-w", "-c", "-t", "-v", "-vv", "--", "-", "--output", "5", "1:2", "~:"])),
    max_size=8,
)


@bounded
@given(name=st.sampled_from(sorted(CHECKS)), words=WORDS)
@example(name="dummy", words=["-v-text", "x"])
def test_command_line_is_parsed_or_refused_in_one_sentence(name: str, words: list[str]) -> None:
    kind = CHECKS[name]
    try:
        parsed = parse(kind, words)
    except BadUsage as error:
        assert str(error)
        text, code = Run(kind, words, World(sealed=True)).render(Run(kind, words, World(sealed=True)).go())
        if "--output" not in " ".join(words):
            assert code == 3 and output_problems(text, code) == []
        return
    again = [word for word in parsed.check.arguments() if isinstance(word, str)]
    assert parse(kind, again).check.arguments() == parsed.check.arguments()


@bounded
@given(line=TEXTS)
def test_line_for_a_shell_becomes_words_or_is_refused(line: str) -> None:
    with suppress(NotConvertible):
        words = argv(line)
        assert all(isinstance(word, str) and "\0" not in word for word in words)
        quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)
        assert argv(quoted) == words


def packets(data: bytes, cuts: list[int], magic: bytes) -> tuple[list[object], bool]:
    """Return the packets in some bytes that come in pieces, and whether the reader refused the rest."""
    reader = PacketReader(magic, limit=5_000)
    found: list[object] = []
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    try:
        for start, end in pairwise(places):
            for packet in reader.feed(data[start:end]):
                found.append(packet)
    except ProtocolError as error:
        assert str(error)
        return found, True
    return found, False


def header(kind: int, size: int) -> bytes:
    return REQUEST + kind.to_bytes(4, "big") + size.to_bytes(4, "big")


VALID = st.builds(
    lambda name, data: request(Kind.WORK_COMPLETE, name.replace(b"\0", b""), data),
    st.binary(max_size=20),
    st.binary(max_size=6_000),
)
BYTES = st.lists(
    st.one_of(
        VALID,
        st.binary(max_size=30),
        st.builds(header, st.integers(0, 60), st.integers(0, 2**32 - 1)),
        st.sampled_from([REQUEST, RESPONSE, b"\0RE"]),
    ),
    max_size=5,
).map(b"".join)


@bounded
@given(data=BYTES, cuts=st.lists(st.integers(0, 8_000), max_size=5))
def test_packets_do_not_depend_on_the_pieces_in_which_they_come(data: bytes, cuts: list[int]) -> None:
    for magic in (REQUEST, RESPONSE):
        whole, pieces = packets(data, [], magic), packets(data, cuts, magic)
        assert pieces[0][: len(whole[0])] == whole[0][: len(pieces[0])]
        assert len(pieces[0]) == len(whole[0])


@bounded
@given(data=st.one_of(st.binary(max_size=200), TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_payload_of_a_job_is_read_or_refused_in_one_sentence(data: bytes) -> None:
    for codec in (Codec(None), Codec(b"k" * 32)):
        try:
            text = codec.read(data)
        except BadPayload as error:
            assert str(error) and error.kind
        else:
            assert "\0" not in text
        with suppress(BadPayload):
            read_job(data.decode("utf-8", "surrogateescape"))
        assert codec.read(codec.write("type=service\nhost_name=x\n\n")) == "type=service\nhost_name=x\n\n"


OBJECT_LINES = ("define host {", "}", "  name x", "use x", "define service{", "host_name a,b")


@bounded
@given(
    lines=st.lists(st.one_of(TEXTS, st.sampled_from(OBJECT_LINES)), max_size=12),
    cache=st.booleans(),
)
def test_object_file_of_nagios_is_read_or_refused_with_its_line(lines: list[str], cache: bool) -> None:
    text = "\n".join(line for line in lines if not line.lstrip().startswith("include_"))
    try:
        found = list(definitions(text, Path("/x.cfg"), cache=cache))
    except CannotRead as error:
        assert str(error)
    else:
        assert all(one.kind for one in found)


NUMBERS = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False), st.integers(-(10**15), 10**15))
READINGS = st.lists(st.tuples(TEXTS, TEXTS, NUMBERS, st.sampled_from(["", "s", "B", "%", "c"])), max_size=6)


@bounded
@given(
    lines=st.lists(TEXTS, min_size=1, max_size=4),
    readings=READINGS,
    state=st.sampled_from(STATES),
)
def test_perfdata_is_written_so_that_its_readers_find_the_same_numbers(
    lines: list[str], readings: list[tuple[str, str, float | None, str]], state: str
) -> None:
    from checkwright.core.run import _perfdata
    from checkwright.core.text import clean

    made = {
        (label := perf_label(name or "x", item)): Reading(label, "g", item, "G", value, unit, "", "", None, None, state)
        for name, item, value, unit in readings
    }
    perfdata = tuple(_perfdata(one) for one in made.values())
    shown = tuple(Line(state, clean(line) or "x") for line in lines)
    text = Outcome("fuzz", shown, tuple(made.values()), perfdata).text()
    assert len(text.encode()) <= LIMIT
    assert output_problems(text, STATES.index(state)) == [], text
    found = {value.label: value.value for value in values_of(parts_of(text).perfdata)}
    for label, one in made.items():
        if one.value is not None:
            assert found[label] == pytest.approx(one.value, rel=1e-5, abs=1e-5)


@bounded
@given(text=TEXTS)
def test_readers_of_numbers_take_any_text(text: str) -> None:
    for value in values_of(parts_of(f"x | {text}").perfdata):
        assert value.value is None or math.isfinite(value.value)
    with suppress(CannotTell):
        PrometheusText.parse(text.encode("utf-8", "surrogatepass"), "here").samples("a")
    output, code = internal_error(ValueError(text))
    assert code == 3 and output_problems(output, code) == []


DOCUMENTS = st.one_of(
    st.binary(max_size=60),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
        max_leaves=6,
    ).map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass")),
)


@bounded
@given(data=DOCUMENTS)
def test_memory_between_runs_survives_any_file(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp() / "fuzzed-state"
    folder.mkdir(mode=0o700, exist_ok=True)
    before = os.environ.get("CHECKS_STATE_DIR")
    os.environ["CHECKS_STATE_DIR"] = str(folder)
    try:
        with current_run(identity="fuzz"):
            StateFile().exchange({"a": 1})
            for file in folder.rglob("*.json"):
                file.write_bytes(data)
            for use in (
                lambda: StateFile().recall(),
                lambda: StateFile().within({"a": 5.0}, 60),
                lambda: StateFile().durations({"a": True}),
                lambda: StateFile().over({"a": 5.0}, 60),
            ):
                with suppress(CannotTell):
                    use()
            StateFile().exchange({"a": 2})
            found = StateFile().recall()
            assert found is not None and found.data == {"a": 2}
    finally:
        if before is None:
            del os.environ["CHECKS_STATE_DIR"]
        else:
            os.environ["CHECKS_STATE_DIR"] = before


class _Wire:
    """Connection that gives bytes in parts of one size, and then its end."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data = data
        self._size = size

    def recv(self, size: int, /) -> bytes:
        part, self._data = self._data[: min(size, self._size)], self._data[min(size, self._size) :]
        return part


def _answer(data: bytes, size: int) -> tuple[object, ...]:
    try:
        answer = Answer(Reader(_Wire(data, size)), "GET")
        body = b"".join(answer.parts())
    except NoHttp as error:
        return (NoHttp, str(error)[:size])  # it shows what has come, and waits for nothing
    except (NoAnswer, BrokenAnswer, CutAnswer) as error:
        return (type(error), str(error))
    return answer.status, answer.reason, answer.headers, body


@bounded
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=8),
            st.sampled_from(
                [
                    *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 204\n", b"HTTP/1.1 102 Wait\r\n\r\n", b"HTTP/1.1 "),
                    *(b"Content-Length: 5\r\n", b"Content-Length: 3, 3\r\n", b"Transfer-Encoding: chunked\r\n"),
                    *(b"\r\n", b"\n", b"\r", b" ", b"\t", b"X: y\r\n", b"5\r\nhello\r\n", b"0\r\n\r\n", b"a;b\r\n"),
                ]
            ),
        ),
        max_size=12,
    )
)
def test_answer_of_http_is_the_same_however_it_is_cut(parts: list[bytes]) -> None:
    data = b"".join(parts)
    whole = _answer(data, 1_000_000)
    for size in (1, 2, 3, 7):
        found = _answer(data, size)
        assert found[0] == whole[0] and (found[0] is NoHttp or found == whole)


@bounded
@given(TEXTS, TEXTS)
@example("http://[::1%25lo]/", "//x")
@example("http://a/%", "?%")
def test_url_keeps_its_form_when_it_is_parsed_again(text: str, reference: str) -> None:
    for url in (text, f"http://{text}", f"http://shop.test/{text}", f"https://shop.test:8443/?{text}"):
        try:
            found = Url.parse(url)
        except BadUrl:
            continue
        shown = str(found)
        assert shown.isascii() and shown.isprintable() and " " not in shown
        assert str(Url.parse(shown)) == shown
        with suppress(BadUrl):
            assert str(Url.parse(found.join(reference))).isascii()
