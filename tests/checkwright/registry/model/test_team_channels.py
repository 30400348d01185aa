"""Channels of teams: their declarations, and what a plan and notify.json make of them."""

import json
from collections.abc import Callable

import pytest

from checkwright.core.secret import Secret
from checkwright.registry import plan
from checkwright.registry.model import (
    Mail,
    Opsgenie,
    PagerDuty,
    RegistryError,
    Slack,
    Sms,
    Team,
    Webhook,
)
from checkwright.registry.plan_json import dumps, loads
from checkwright.registry.resolving.team_channels import channels
from tests.nagios_cfg.plans import PRODUCTION

KEY = Secret(file="pagerduty-shop")

WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "key in the text": (
        lambda: PagerDuty(key="R0utingKey"),  # type: ignore[arg-type]
        'PagerDuty: key is a text, and must be Secret(file="NAME")',
    ),
    "variable": (lambda: PagerDuty(key=Secret(env="KEY")), 'must be Secret(file="NAME")'),
    "level": (lambda: Slack(webhook=KEY, level="night"), "Slack: level is 'night', and must be one of"),  # type: ignore[arg-type]
    "no URL": (lambda: Webhook(url="hooks.example.com"), "Webhook: url is 'hooks.example.com', not a URL"),
    "empty URL": (lambda: Webhook(url=""), "Webhook: url is empty"),
    "login": (lambda: Webhook(url="https://me:secret@example.com/"), 'url has a login: use token=Secret(file="...")'),
    "http": (
        lambda: Opsgenie(key=KEY, url="http://api.example.com"),
        "a secret would go to api.example.com unencrypted",
    ),
    "number": (lambda: Sms(url="https://sms.example.com", to=("0170 1234",)), "Sms: to has '0170 1234'"),
    "no number": (lambda: Sms(url="https://sms.example.com", to=()), "Sms: to is empty"),
    "text for numbers": (
        lambda: Sms(url="https://sms.example.com", to="+491701234567"),  # type: ignore[arg-type]
        "not a tuple of text",
    ),
    "option for sendmail": (lambda: Mail(to="-oQ/tmp"), "Mail: to is '-oQ/tmp', which is no address"),
    "server": (lambda: Mail(smtp="mail.example.com:smtp"), "must be HOST or HOST:PORT"),
    "authority": (lambda: Slack(webhook=KEY, ca="ca.pem"), "Slack: ca is 'ca.pem', and must be an absolute path"),
    "no tuple": (
        lambda: Team("shop", email="shop@example.com", channels=(PagerDuty(key=KEY))),  # type: ignore[arg-type]
        "Team shop: channels is one channel, not a tuple: mind the comma",
    ),
}


@pytest.mark.parametrize(("declare", "message"), WRONG.values(), ids=WRONG)
def test_wrong_channels_are_refused(declare: Callable[[], object], message: str) -> None:
    with pytest.raises(RegistryError) as caught:
        declare()
    assert message in caught.value.message
    assert "R0utingKey" not in caught.value.message
    assert "me:secret" not in caught.value.message
    assert caught.value.origin is not None


class _Registry:
    """Registry that leaves origins as they are."""

    def relative(self, origin: plan.Origin) -> plan.Origin:
        return origin


def test_channels_of_a_team_in_a_plan() -> None:
    team = Team(
        "shop",
        email="shop@example.com",
        channels=(
            PagerDuty(key=KEY),
            PagerDuty(key=Secret(file="/etc/other"), url="https://events.eu.pagerduty.com/v2/enqueue", level="all"),
            Slack(webhook=Secret(file="slack"), level="ticket"),
            Sms(url="https://sms.example.com/send", to=("+491", "+492", "+491"), token=Secret(file="sms")),
            Mail(),
        ),
    )
    found = channels(_Registry(), team, PRODUCTION.site, team.name)  # type: ignore[arg-type]
    assert [(one.name, one.levels) for one in found] == [
        ("shop.pagerduty-1", ("page",)),
        ("shop.pagerduty-2", ("page", "ticket")),
        ("shop.slack-1", ("ticket",)),
        ("shop.sms-1", ("page",)),
        ("shop.sms-2", ("page",)),
        ("shop.mail-1", ("page", "ticket")),
    ]
    settings = [dict(one.settings) for one in found]
    assert settings[0] == {"key": "/etc/checkwright/secrets/pagerduty-shop"}
    assert settings[1]["key"] == "/etc/other"
    assert (settings[3]["to"], settings[4]["to"]) == ("+491", "+492")
    assert settings[5] == {"to": "shop@example.com"}


def test_plan_with_channels_survives_its_file() -> None:
    from dataclasses import replace

    channel = plan.Channel(
        name="payments.slack-1",
        kind="slack",
        levels=("page", "ticket"),
        settings=(("webhook", "/etc/checkwright/secrets/slack"),),
        origin=plan.Origin("shop/fleet/payments.py", 9),
    )
    teams = tuple(replace(team, channels=(channel,)) for team in PRODUCTION.teams)
    made = replace(PRODUCTION, teams=teams)
    assert loads(dumps(made)) == made
    assert '"channels"' not in dumps(PRODUCTION)
    assert json.loads(dumps(made))["teams"][0]["channels"][0]["kind"] == "slack"
