"""Tests of the reader: it reads as the real Nagios does, and errors are one sentence with their place."""

import os
from pathlib import Path

import pytest

from nagios_cfg.reader import CannotRead, Copied, read
from nagios_cfg.reader.effective import effective
from nagios_cfg.reader.periods import ALWAYS, Periods, period_lines
from tests.support.nagios import precache

COMMON = """
define command {
    command_name  look
    command_line  /bin/true $ARG1$ $HOSTADDRESS$ '$_HOSTPORT$' "$_SERVICEKIND$"
}
define timeperiod {
    timeperiod_name  day
    alias            Day
    monday           08:00-20:00
    monday 3         01:00-02:00
    december 25      00:00-00:00
    day 1 - 5        03:00-04:00
    2027-01-01       00:00-00:00
}
define timeperiod {
    timeperiod_name  night
    alias            Night
    use              day-template
    tuesday          00:00-06:00,20:00-24:00
}
define timeperiod {
    name             day-template
    alias            Template
    friday           10:00-11:00
    register         0
}
define contact {
    name                           any
    host_notification_commands     look
    service_notification_commands  look
    host_notification_period       day
    service_notification_period    day
    service_notification_options   w,c
    register                       0
}
define contact {
    use           any
    contact_name  ada
    email         ada@example.com
}
define contact {
    use           any
    contact_name  silent
    email         silent@example.com
    service_notification_options  n
    contactgroups one
}
define contact {
    use           any
    contact_name  bob
    email         bob@example.com
    contactgroups all
}
define contactgroup {
    contactgroup_name  one
    alias              One
    members            ada
}
define contactgroup {
    contactgroup_name     all
    alias                 All
    contactgroup_members  one
}
define host {
    name                   h
    max_check_attempts     2
    contact_groups         one
    notification_period    day
    notification_interval  30
    register               0
}
define host {
    use        h
    host_name  web-1
    address    127.0.0.1
    hostgroups web
    _PORT      80
}
define host {
    use        h
    host_name  web-2
    address    127.0.0.2
    hostgroups web
    contacts   bob
}
define host {
    use        h
    host_name  db-1
    address    127.0.0.3
    contact_groups  +all
    notification_period  night
}
define hostgroup {
    hostgroup_name  web
    alias           Web
}
define hostgroup {
    hostgroup_name  db
    alias           Databases
    members         db-1
}
define hostgroup {
    hostgroup_name     both
    alias              Both
    hostgroup_members  web,db
}
define service {
    name                s
    check_command       look!a
    max_check_attempts  3
    check_interval      4
    register            0
}
define service {
    name                t
    use                 s
    contact_groups      all
    retry_interval      2
    check_interval      7
    register            0
}
"""

SERVICES = {
    "on a group": "use s\nhostgroup_name both\nservice_description x",
    "without one": "use s\nhostgroup_name both,!db\nservice_description x",
    "without a host": "use s\nhostgroup_name both\nhost_name !web-1\nservice_description x",
    "on all": "use s\nhost_name *\nservice_description x",
    "on all but": "use s\nhost_name *,!db-1\nservice_description x",
    "on all groups": "use s\nhostgroup_name *\nservice_description x",
    "the first template wins": "use t,s\nhost_name web-1\nservice_description x",
    "the other way round": "use s,t\nhost_name web-1\nservice_description x",
    "added": "use t\ncontact_groups +one\nhost_name web-1\nservice_description x",
    "added to nothing": "use s\ncontact_groups +one\nhost_name web-1\nservice_description x",
    "null": "use t\ncontact_groups null\nhost_name web-2\nservice_description x",
    "null and a contact": "use t\ncontact_groups null\ncontacts bob\nhost_name web-2\nservice_description x",
    "of the host": "use s\nhost_name web-2,db-1\nservice_description x",
    "null period": "use s\nhost_name db-1\nservice_description x\nnotification_period null",
    "a comment": "use s ; not this\nhost_name web-1;nor this\nservice_description x",
    "a semicolon": "use s\nhost_name web-1\nservice_description x\ncheck_command look!'a\\;b'",
    "an exclamation mark": "use s\nhost_name web-1\nservice_description x\ncheck_command look!a\\!b!c",
    "a dollar": "use s\nhost_name web-1\nservice_description x\ncheck_command look!'a$$b' $NOBODY$ 5$",
    "a continued line": "use s\nhost_name web-1\nservice_description x\ncheck_command look!a \\\n        b \\\n  c",
    "tabs": "use\ts\nhost_name\t\tweb-1\nservice_description\tx  y",
    "a directive twice": "use s\nhost_name web-1\nservice_description x\ncheck_interval 3\ncheck_interval 9",
    "old names": "use s\nhost web-1\ndescription x\nnormal_check_interval 3\nretry_check_interval 2",
    "variables": "use s\nhost_name web-1,web-2\nservice_description x\n_kind a'b|c",
    "umlauts": "use s\nhost_name web-1\nservice_description Größe",
    "macros in arguments": "use s\nhost_name web-1\nservice_description x\ncheck_command look!$HOSTNAME$!$ARG1$",
    "a host wins over a group": (
        "use s\nhostgroup_name web\nservice_description x\ncheck_command look!group\n}\n"
        "define service {\nuse s\nhost_name web-1\nservice_description x\ncheck_command look!host"
    ),
    "a host wins over a group, first": (
        "use s\nhost_name web-1\nservice_description x\ncheck_command look!host\n}\n"
        "define service {\nuse s\nhostgroup_name web\nservice_description x\ncheck_command look!group"
    ),
    "passive": "use s\nhost_name web-1\nservice_description x\nactive_checks_enabled 0",
}


def write_objects(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "objects.cfg"
    path.write_bytes(text.encode(encoding))
    return path


def assert_read_as_nagios(folder: Path, text: str, **settings: str) -> None:
    main = folder / "nagios.cfg"
    main.write_text("cfg_file=objects.cfg\n" + "".join(f"{name}={value}\n" for name, value in settings.items()))
    write_objects(folder, text)
    expanded = folder / "expanded"
    expanded.write_text(precache({"objects.cfg": text}, **settings), encoding="utf-8", errors="surrogateescape")
    result, nagios = read([main]), read([main], expanded)
    assert effective(result) == effective(nagios)
    assert effective(result)
    assert result.hostgroups == nagios.hostgroups
    assert result.contactgroups == nagios.contactgroups
    assert {host.name: host.contacts for host in result.hosts.values()} == {
        host.name: host.contacts for host in nagios.hosts.values()
    }


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_service_is_read_as_nagios_reads_it(tmp_path: Path, service: str) -> None:
    assert_read_as_nagios(tmp_path, f"{COMMON}\ndefine service {{\n{service}\n}}\n")


@pytest.mark.parametrize("hosts", ["web-.*", "(web|db)-1", "db-1", ".*-2"])
@pytest.mark.parametrize("everywhere", ["0", "1"])
def test_names_are_patterns_if_enabled(tmp_path: Path, hosts: str, everywhere: str) -> None:
    if everywhere == "0" and "*" not in hosts:
        hosts = "db-1"
    service = f"define service {{\nuse s\nhost_name {hosts}\nservice_description x\n}}\n"
    assert_read_as_nagios(tmp_path, COMMON + service, use_regexp_matching="1", use_true_regexp_matching=everywhere)


def test_days_that_are_not_weekdays_are_unsupported(tmp_path: Path) -> None:
    live = read([write_objects(tmp_path, COMMON)])
    periods = Periods(live.timeperiods)
    assert period_lines(periods.mask("day")) == ("monday 08:00-20:00",)
    assert periods.unsupported["day"] == ("day 1 - 5 03:00-04:00", "monday 3 01:00-02:00")
    assert periods.off("day") == ("december 25", "2027-01-01")
    assert "without december 25, 2027-01-01" in periods.beyond("day")
    assert period_lines(periods.mask("night")) == ("tuesday 00:00-06:00,20:00-24:00", "friday 10:00-11:00")
    assert periods.mask("") == periods.mask("not defined") == ALWAYS


def test_excluded_whole_days_are_days_without_hours(tmp_path: Path) -> None:
    text = """
define timeperiod {
    timeperiod_name  holidays
    alias            Holidays
    december 24 - 26              00:00-24:00
    2027-03-26 - 2027-03-29       00:00-24:00
}
define timeperiod {
    timeperiod_name  mornings
    alias            Mornings
    may 1            00:00-12:00
}
define timeperiod {
    timeperiod_name  office
    alias            Office
    monday           09:00-17:00
    january 1        00:00-00:00
    exclude          holidays,mornings
}
"""
    periods = Periods(read([write_objects(tmp_path, text)]).timeperiods)
    assert periods.off("office") == ("january 1", "december 24..december 26", "2027-03-26..2027-03-29")
    assert periods.unsupported["office"] == ("may 1 00:00-12:00 (of mornings)",)
    assert period_lines(periods.mask("office")) == ("monday 09:00-17:00",)


def test_latin_1_is_read(tmp_path: Path) -> None:
    text = COMMON + "define service {\nuse s\nhost_name web-1\nservice_description Größe\n}\n"
    live = read([write_objects(tmp_path, text, "latin-1")])
    assert [service.name for service in live.services] == ["Größe"]


BAD = {
    "a circle of templates": (
        "define host {\nname a\nuse b\n}\ndefine host {\nname b\nuse a\n}\n",
        "objects.cfg:1: the host template 'a' uses itself",
    ),
    "an unknown template": (
        "\ndefine host {\nhost_name a\nuse nobody\n}\n",
        "objects.cfg:2: this host uses the template 'nobody', which is not defined",
    ),
    "no end": (
        "define host {\nhost_name a\n\n",
        "objects.cfg:1: the host that starts here has no } at its end",
    ),
    "no end before the next": (
        "define host {\nhost_name a\n\ndefine host {\nhost_name b\n}\n",
        "objects.cfg:1: the host that starts here has no } before the next definition",
    ),
    "no definition": (
        "# fine\nhost_name a\n",
        "objects.cfg:2: this is neither a definition nor a comment nor an include",
    ),
    "an unknown kind": ("define machine {\n}\n", "objects.cfg:1: Nagios has no kind of object 'machine'"),
    "no name": ("define host {\naddress 127.0.0.1\n}\n", "objects.cfg:1: this host has no host_name"),
    "twice": (
        "define host {\nhost_name a\n}\ndefine host {\nhost_name a\n}\n",
        "objects.cfg:4: the host 'a' is defined already at",
    ),
    "an unknown host": (
        "define hostgroup {\nhostgroup_name a\nmembers b\n}\n",
        "objects.cfg:1: this names the host 'b', which is not defined",
    ),
    "a circle of groups": (
        "define hostgroup {\nhostgroup_name a\nhostgroup_members b\n}\n"
        "define hostgroup {\nhostgroup_name b\nhostgroup_members a\n}\n",
        "objects.cfg:1: groups contain each other: a -> b -> a",
    ),
    "an include of itself": ("include_file=objects.cfg\n", "includes itself"),
    "an include of nothing": ("include_file=gone.cfg\n", "gone.cfg cannot be read: No such file or directory"),
    "nothing": ("# nothing\n", "there is no definition of an object in"),
    "a NUL byte": (
        "define host {\nhost_name a\0b\n}\n",
        "objects.cfg:2: this is not a text file, it contains a NUL byte",
    ),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_unreadable_objects_are_one_sentence_with_their_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(CannotRead) as refused:
        read([write_objects(tmp_path, text)])
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


MAIN = {
    "no such file": ("cfg_file=gone.cfg\n", "nagios.cfg:1: "),
    "no such folder": ("# x\ncfg_dir=gone\n", "nagios.cfg:2: the folder "),
    "a folder as a file": ("cfg_file=.\n", "nagios.cfg:1: "),
    "an interval": (
        "interval_length=soon\n",
        "nagios.cfg:1: interval_length is 'soon', which is not a number of seconds",
    ),
}


@pytest.mark.parametrize(("text", "message"), MAIN.values(), ids=MAIN)
def test_unreadable_main_file_is_one_sentence_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "nagios.cfg").write_text(text)
    with pytest.raises(CannotRead) as refused:
        read([tmp_path / "nagios.cfg"])
    assert message in str(refused.value)


def test_files_that_include_each_other_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other.cfg").write_text("include_file=objects.cfg\n")
    with pytest.raises(CannotRead, match=r"other\.cfg:1: .*objects\.cfg includes itself"):
        read([write_objects(tmp_path, COMMON + "include_file=other.cfg\n")])


def test_invalid_number_is_zero(tmp_path: Path) -> None:
    service = "define service {\nuse s\nhost_name web-1\nservice_description x\ncheck_interval soon\n}\n"
    assert_read_as_nagios(tmp_path, COMMON + service)


def test_utf_16_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match="the text is UTF-16"):
        read([write_objects(tmp_path, COMMON, "utf-16")])


def test_unreadable_resource_file_is_a_problem(tmp_path: Path) -> None:
    write_objects(tmp_path, COMMON)
    (tmp_path / "nagios.cfg").write_text("cfg_file=objects.cfg\nresource_file=gone.cfg\n")
    live = read([tmp_path / "nagios.cfg"])
    assert live.hosts
    assert "gone.cfg cannot be read" in live.source.problems[0]


def test_folder_that_contains_itself_through_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "live" / "below").mkdir(parents=True)
    (tmp_path / "live" / "hosts.cfg").write_text(COMMON)
    (tmp_path / "nagios.cfg").write_text("cfg_dir=live\n")
    (tmp_path / "live" / "twin").symlink_to("below")  # twice the same folder is not a circle
    read([tmp_path / "nagios.cfg"])
    for name in ("one", "other", "third"):
        (tmp_path / "live" / "below" / name).symlink_to("..")
    with pytest.raises(CannotRead, match=r"nagios\.cfg:1: the folder .* contains itself through a link"):
        read([tmp_path / "nagios.cfg"])


def test_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "hosts.cfg")
    (tmp_path / "nagios.cfg").write_text("cfg_file=hosts.cfg\n")
    with pytest.raises(CannotRead, match=r"nagios\.cfg:1: .*hosts\.cfg is not a file"):
        read([tmp_path / "nagios.cfg"])


def test_all_errors_are_reported_at_once(tmp_path: Path) -> None:
    text = (
        "define host {\nhost_name a\nuse nobody\nparents b,c\n}\n"
        "define host {\nhost_name a\n}\n"
        "define service {\nhost_name d\nservice_description x\n}\n"
        "define service {\nhost_name a\n}\n"
    )
    with pytest.raises(CannotRead) as error:
        read([write_objects(tmp_path, text)])
    lines = str(error.value).splitlines()
    assert lines[0] == "the configuration has 6 errors:"
    assert len(lines) == 7
    for word in ("'nobody'", "'b'", "'c'", "'a' is defined already", "'d'", "no service_description"):
        assert sum(word in line for line in lines) == 1


def test_errors_of_several_files_are_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.cfg").write_text("define machine {\n}\n")
    (tmp_path / "b.cfg").write_text("define host {\nhost_name a\n")
    with pytest.raises(CannotRead) as error:
        read([tmp_path])
    assert "a.cfg:1: Nagios has no kind" in str(error.value)
    assert "b.cfg:1: the host that starts here" in str(error.value)


def test_unknown_name_that_looks_like_a_pattern_has_a_hint(tmp_path: Path) -> None:
    text = "define service {\nhost_name web-.*\nservice_description x\n}\n"
    with pytest.raises(CannotRead, match="it may be a pattern: read the main file too, or import with --regexp"):
        read([write_objects(tmp_path, text)])
    text += "define host {\nhost_name web-1\n}\n"
    live = read([write_objects(tmp_path, text)], copied=Copied(patterns=True))
    assert [(one.host, one.name) for one in live.services] == [("web-1", "x")]


def test_copy_of_a_server_is_read_below_its_root(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    (copy / "conf.d").mkdir(parents=True)
    (copy / "conf.d/x.cfg").write_text("define host {\nhost_name web-1\n}\n")
    (copy / "resource.cfg").write_text("$USER1$=/opt/plugins\n")
    main = copy / "nagios.cfg"
    main.write_text(
        "cfg_dir=/etc/nagios4/conf.d\ncfg_file=/etc/nagios4/gone.cfg\ncfg_dir=/srv/gone\n"
        "resource_file=/etc/nagios4/resource.cfg\n"
    )
    live = read([main], copied=Copied((("/etc/nagios4", copy),)))
    assert list(live.hosts) == ["web-1"]
    assert live.source.users == {1: "/opt/plugins"}
    assert [problem.partition(": ")[2] for problem in live.source.problems] == [
        f"{copy}/gone.cfg is missing, and what it defines is left out",
        "/srv/gone is missing, and what it defines is left out",
    ]
    with pytest.raises(CannotRead, match="cannot be read"):
        read([main])


def test_contact_may_have_the_name_null(tmp_path: Path) -> None:
    text = (
        "define contact {\ncontact_name null\n}\ndefine host {\nhost_name a\ncontacts null\n}\n"
        "define service {\nhost_name a\nservice_description x\ncontacts null\n}\n"
    )
    live = read([write_objects(tmp_path, text)])
    assert list(live.contacts) == ["null"]
    assert live.services[0].contacts == frozenset()
