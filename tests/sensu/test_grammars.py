"""Tests of the small grammars in Sensu's fields: cron schedules, JavaScript expressions, tokens."""

import pytest

from sensu import cron, expressions, tokens

GOOD_CRON: tuple[str, ...] = (
    "* * * * *",
    "0 0 1 1 0",
    "*/5 0-23/2 1,15 JAN-mar sun",
    "5/10 ? ? * ?",
    "@every 1h30m",
    "@hourly",
)
GOOD_CRON += ("@every 1.5s", "@every .5m", "TZ=UTC 0 0 * * *", "CRON_TZ=Europe/Berlin @daily", " 0  0 * * * ")


@pytest.mark.parametrize("schedule", GOOD_CRON)
def test_valid_cron(schedule: str) -> None:
    assert cron.error(schedule) == ""


@pytest.mark.parametrize(
    ("schedule", "why"),
    [
        ("* * * *", "it has 4 fields and needs 5: minute, hour, day, month, day of the week"),
        ("* * * * * *", "it has 6 fields and needs 5: minute, hour, day, month, day of the week"),
        ("60 * * * *", "'60' does not fit the minute (0 to 59)"),
        ("* 24 * * *", "'24' does not fit the hour (0 to 23)"),
        ("* * 0 * *", "'0' does not fit the day of the month (1 to 31)"),
        ("* * * 13 *", "'13' does not fit the month (1 to 12)"),
        ("* * * * 7", "'7' does not fit the day of the week (0 to 6)"),
        ("5-1 * * * *", "'5-1' does not fit the minute (0 to 59)"),
        ("1-2-3 * * * *", "'1-2-3' does not fit the minute (0 to 59)"),
        ("*/0 * * * *", "'*/0' does not fit the minute (0 to 59)"),
        ("1, * * * *", "'' does not fit the minute (0 to 59)"),
        ("* * * mon *", "'mon' does not fit the month (1 to 12)"),
        ("@often", "@often is not one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly"),
        ("@every hour", "'hour' is not a duration such as 1h30m"),
        ("TZ=Mars/Base 0 0 * * *", "'Mars/Base' is not a time zone"),
        ("TZ=../etc/passwd 0 0 * * *", "'../etc/passwd' is not a time zone"),
    ],
)
def test_invalid_cron(schedule: str, why: str) -> None:
    assert cron.error(schedule) == why


GOOD_EXPRESSIONS = (
    "event.check.occurrences == 1",
    "['a', \"b\"].indexOf(entity.name) >= 0",
    "a / b / c",
    "/^it's [/'] (/.test(entity.name)",
    "a // it's a comment",
    "/* it's ( */ a",
    "entity.labels[\"it\\\"s\"] == 'a\\'b'",
    "(',' + (entity.labels || {}).cw_roles + ',').indexOf(',web,') >= 0",
)


@pytest.mark.parametrize("expression", GOOD_EXPRESSIONS)
def test_valid_expression(expression: str) -> None:
    assert expressions.error(expression) == ""


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("a == 'b", "' is not closed"),
        ("a == 'b\n'", "' is not closed"),
        ('a == "b', '" is not closed'),
        ("(a", "( is not closed"),
        ("a)", ") closes nothing"),
        ("(a]", "] closes nothing"),
        ("a /* b", "a comment is not closed"),
    ],
)
def test_invalid_expression(expression: str, why: str) -> None:
    assert expressions.error(expression) == why


GOOD_TOKENS = (
    "no token",
    "}} {",
    "{{ .labels.port }}",
    '{{ .labels.port | default "it\'s }} fine" }}',
    "{{ .labels.a | default `'b'` }}",
    '{{ index .labels "a-b.c" | default 5 }}',
    "{{- .name -}}",
    "{{/* it's }} a comment */}}",
    '{{ "{{.Names}}" }}',
    "{{ .labels.a | default -5 }}",
    '{{ assetPath "org/x" }} {{ printf "%s" .name | len }} {{ if eq .name "a" }}b{{ else }}c{{ end }}',
    "{{ $x := .name }}{{ $x }} {{ range $one := .subscriptions }}{{ $one }}{{ end }} {{ 0x1f }} {{ 1e3 }}",
)


@pytest.mark.parametrize("text", GOOD_TOKENS)
def test_valid_token(text: str) -> None:
    assert tokens.error(text) == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a {{ .name", "a {{ is not closed"),
        ('{{ "a }}', "a {{ is not closed"),
        ("{{ /* a }}", "a {{ is not closed"),
        ("{{ }}", "a token is empty"),
        (
            "{{ .labels.a | default 'b' }}",
            "a token has single quotes: write text in double quotes",
        ),
        (
            "{{ .labels.a-b }}",
            'a token has .labels.a-b: write a key with a dash as index .labels "KEY"',
        ),
        ("{{ .name | upper }}", "a token has upper, which is not a function of Sensu"),
        ("{{ labels.port }}", "a token has labels, which is not a function of Sensu: did you mean .labels"),
        ('{{ .labels.a | trunc 5 "x" }}', "a token has trunc, which is not a function of Sensu"),
        ("a <no value> b", 'it contains "<no value>", Sensu\'s mark of a token without a value'),
    ],
)
def test_invalid_token(text: str, why: str) -> None:
    assert tokens.error(text) == why
