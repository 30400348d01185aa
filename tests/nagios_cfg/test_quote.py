import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkwright.registry.plan import Host, Placeholder, Word
from nagios_cfg.cfgfile import dumps, loads
from nagios_cfg.objects import Definition
from nagios_cfg.quote import (
    NAGIOS_LINE_LIMIT,
    NRPE_LINE_LIMIT,
    STRIPPED,
    Unquotable,
    argv_on_host,
    differs_by_host,
    fill_shared,
    label_fault,
    label_variable,
    literal_words,
    nagios_line,
    nrpe_line,
    nrpe_line_by_host,
    with_environment,
)
from tests.nagios_cfg import hostile, plans, readers

ARGUMENT = st.one_of(
    st.sampled_from(hostile.ARGUMENTS),
    st.text("\\;$!'\" #`|&\t\rA1", max_size=12),
    st.text(st.characters(codec="utf-8", exclude_characters="\n\0"), max_size=20),
)
ARGV = st.lists(ARGUMENT, max_size=8).map(lambda words: ["/opt/checkwright/bin/check", *words])

MACROS = {"HOSTNAME": "pay-1", "HOSTADDRESS": "2001:db8::1", "_HOSTLABEL_PORT": "a b;c\\"}
HOST = Host(name="pay-1", address="2001:db8::1", labels={"port": "a b;c\\"}, origin=plans.at(1))
PART = st.one_of(ARGUMENT, st.sampled_from(("host", "address", "label.port")).map(Placeholder))
COMMAND: st.SearchStrategy[list[Word]] = st.lists(st.lists(PART, max_size=4).map(tuple), min_size=1, max_size=6)


def in_file(line: str) -> str:
    return dumps([Definition("command", {"command_name": "c", "command_line": line})])


@given(ARGV)
def test_nagios_passes_exactly_this_argv(argv: list[str]) -> None:
    read = readers.nagios_reads(in_file(nagios_line(literal_words(argv))), "command_line")
    assert readers.shell_splits(readers.nagios_expands(read, MACROS)) == argv


@given(COMMAND)
def test_placeholders_become_the_values_of_the_host(command: list[Word]) -> None:
    read = readers.nagios_reads(in_file("/x " + nagios_line(command)), "command_line")
    assert readers.shell_splits(readers.nagios_expands(read, MACROS)) == ["/x", *argv_on_host(HOST, command)]


@given(ARGV)
def test_nrpe_passes_exactly_this_argv(argv: list[str]) -> None:
    text = f"# a comment\n{nrpe_line('payments-api.disk', argv)}\n"
    assert readers.shell_splits(readers.nrpe_expands(readers.nrpe_reads(text)["payments-api.disk"])) == argv


@given(COMMAND)
def test_nrpe_line_by_host_equals_the_line_with_its_values(command: list[Word]) -> None:
    assert nrpe_line_by_host("x", command)(HOST) == nrpe_line("x", argv_on_host(HOST, command))


@settings(max_examples=50)
@given(ARGV)
def test_real_shell_reads_the_same_argv(argv: list[str]) -> None:
    line = readers.nagios_expands(nagios_line(literal_words(argv)), MACROS)
    ran = subprocess.run(["/bin/sh", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True)
    assert ran.stdout == b"".join(word.encode() + b"\0" for word in argv)


@given(ARGV)
def test_file_returns_the_line(argv: list[str]) -> None:
    line = nagios_line(literal_words(argv))
    assert loads(in_file(line))[0].definition.settings["command_line"] == line


def test_plain_words_and_the_executable_stay_unquoted() -> None:
    # Nagios finds a worker by the text up to the first space. Quotes around the path would hide it.
    argv = ("/opt/checkwright/bin/check", "http", "-u", "https://example.com:8443/a_b", "-w", "80%", "it's")
    expected = "/opt/checkwright/bin/check http -u https://example.com:8443/a_b -w 80% 'it'\\''s'"
    assert nagios_line(literal_words(argv)) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [("a\nb", "line end"), ("a\0b", "NUL"), ("a\udc80b", "UTF-8")],
)
def test_text_that_cannot_be_passed_is_refused(text: str, words: str) -> None:
    with pytest.raises(Unquotable, match=words):
        nagios_line(literal_words(("/x", text)))
    with pytest.raises(Unquotable, match=words):
        nagios_line((("/x",), (text, Placeholder("host"))))
    with pytest.raises(Unquotable, match=words):
        nrpe_line("x", ("/x", text))


def test_long_lines_are_refused() -> None:
    fitting = "x" * (NRPE_LINE_LIMIT - len("command[x]=/x "))
    assert len(nrpe_line("x", ("/x", fitting))) == NRPE_LINE_LIMIT
    with pytest.raises(
        Unquotable, match="2001 bytes, above the limit of 2000: a line above 2046 bytes stops the NRPE daemon"
    ):
        nrpe_line("x", ("/x", fitting + "x"))
    with pytest.raises(Unquotable, match="above the limit of 100000: the kernel accepts"):
        nagios_line(literal_words(("/x", "ü" * (NAGIOS_LINE_LIMIT // 2))))


@pytest.mark.parametrize("name", ["", "a b", "a]b", "a!b", "-a", "a=b", "disk;", "füll"])
def test_nrpe_line_rejects_names(name: str) -> None:
    with pytest.raises(Unquotable, match="NRPE allows only letters"):
        nrpe_line(name, ("/x",))


def test_fill_shared_keeps_only_placeholders_of_hosts() -> None:
    command: tuple[Word, ...] = (("/x",), (Placeholder("role"), "@", Placeholder("environment")))
    assert fill_shared(command, "qa", "web") == (("/x",), ("web", "@", "qa"))
    assert not differs_by_host(fill_shared(command, "qa", "web"))
    assert differs_by_host(fill_shared(((Placeholder("host"),),), "qa", "web"))


def test_env_sets_variables() -> None:
    assert with_environment((), literal_words(("/x",))) == (("/x",),)
    assert nagios_line(with_environment((("A", "b c"), ("D", "")), literal_words(("/x",)))) == (
        "/usr/bin/env 'A=b c' 'D=' /x"
    )


LABEL = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6)


@given(LABEL, LABEL)
def test_two_labels_never_share_a_variable(one: str, other: str) -> None:
    assert (label_variable(one) == label_variable(other)) == (one == other)
    assert label_variable(one).isascii()
    # Nagios converts it to upper case, so it must be upper case already.
    assert label_variable(one) == label_variable(one).upper()


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("port", "_LABEL_PORT"),
        ("data_center2", "_LABEL_DATA__CENTER2"),
        ("data-center", "_LABEL_DATA_2DCENTER"),
        ("Port", "_LABEL__50ORT"),
        ("ß", "_LABEL__C3_9F"),
    ],
)
def test_label_variables_are_stable(name: str, variable: str) -> None:
    assert label_variable(name) == variable


@pytest.mark.parametrize("char", [*STRIPPED, "\n", "\0", "\t", "\x7f"])
def test_label_fault_rejects_characters(char: str) -> None:
    assert "removes or a shell interprets" in label_fault(f"a{char}b")


@pytest.mark.parametrize("value", ["", "null", " a", "a ", "\udc80"])
def test_label_fault_rejects_values_that_nagios_changes(value: str) -> None:
    assert label_fault(value)


@pytest.mark.parametrize("value", ["8443", "eu; west 1", "a\\", "ünï", "a=b,c!(d)"])
def test_label_fault_accepts_values(value: str) -> None:
    assert label_fault(value) == ""
