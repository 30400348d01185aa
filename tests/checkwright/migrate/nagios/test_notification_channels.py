"""Channels that an import proposes for known notification commands."""

import pytest

from checkwright.migrate.nagios.notification_channels import proposed_channel

KEY = "8d2f0c4e6a"
COMMANDS = {
    f"/usr/share/pdagent-integrations/bin/pd-nagios -n service -k {KEY} -t PROBLEM": "PagerDuty(",
    f"/usr/local/bin/pagerduty_nagios.pl enqueue -f pd_nagios_object=service -f KEY={KEY}": "PagerDuty(",
    f"curl -X POST --data 'x' https://hooks.slack.com/services/T0/B0/{KEY}": "Slack(",
    f"/opt/notify_slack.sh {KEY}": "Slack(",
    f"/etc/opsgenie/nagios2opsgenie -apiKey={KEY}": "Opsgenie(",
    f"/usr/bin/curl https://api.telegram.org/bot{KEY}/sendMessage": "Webhook(",
    "/usr/local/bin/sendsms.sh $CONTACTPAGER$": "Sms(",
    "/usr/bin/printf '%b' 'x' | /usr/bin/mail -s 'y' $CONTACTEMAIL$": "",
    "/opt/ours/notify $HOSTNAME$": "",
}


@pytest.mark.parametrize(("line", "channel"), COMMANDS.items())
def test_known_commands_have_a_channel_without_their_key(line: str, channel: str) -> None:
    found = proposed_channel(line)
    assert found.startswith(channel)
    assert bool(found) == bool(channel)
    assert KEY not in found
