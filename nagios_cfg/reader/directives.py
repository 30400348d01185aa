"""Directives of hosts, services and contacts: the aspect of a comparison that shows each, or the reason for none.

The names are those of Nagios 4.4 (`nagios4 -vp` writes most of them) and of its older spellings.
"""

from __future__ import annotations

from collections.abc import Mapping

_SHOWN_ONLY = "the web interface shows it"
_IDENTITY = "it is the identity of the object"
_OBSOLETE = "Nagios 4 ignores it"

_BOTH: Mapping[str, str] = {
    "check_command": "command",
    "check_interval": "every",
    "normal_check_interval": "every",
    "retry_interval": "retry",
    "retry_check_interval": "retry",
    "max_check_attempts": "attempts",
    "active_checks_enabled": "active",
    "passive_checks_enabled": "passive results",
    "check_period": "checked in",
    "check_freshness": "stale after",
    "freshness_threshold": "stale after",
    "contacts": "recipients",
    "contact_groups": "recipients",
    "notifications_enabled": "recipients",
    "notification_period": "when",
    "notification_options": "notified of",
    "notification_interval": "renotify",
    "first_notification_delay": "first notification",
    "event_handler": "event handler",
    "event_handler_enabled": "event handler",
    "flap_detection_enabled": "flap detection",
    "flap_detection_options": "flap detection",
    "low_flap_threshold": "flap detection",
    "high_flap_threshold": "flap detection",
    "stalking_options": "stalking",
    "obsess": "obsess",
    "process_perf_data": "performance data",
    "retain_status_information": "kept over a restart",
    "retain_nonstatus_information": "kept over a restart",
    "initial_state": "initial state",
    "importance": "importance",
    "hourly_value": "importance",
    "parents": "parents",
}

#: Directive -> the name under which a comparison shows its change.
COMPARED: Mapping[str, Mapping[str, str]] = {
    "host": {
        **_BOTH,
        "address": "address",
        "host_name": "host_name",
        "obsess_over_host": "obsess",
    },
    "service": {
        **_BOTH,
        "service_description": "service_description",
        "is_volatile": "volatile",
        "servicegroups": "groups",
        "obsess_over_service": "obsess",
    },
    "contact": {
        "email": "recipients",
        "pager": "recipients",
        "service_notification_commands": "recipients",
        "host_notification_commands": "recipients",
        "service_notifications_enabled": "recipients",
        "host_notifications_enabled": "recipients",
        "contactgroups": "recipients",
        "service_notification_period": "when",
        "host_notification_period": "when",
        "service_notification_options": "notified of",
        "host_notification_options": "notified of",
        "minimum_importance": "notified of",
        "minimum_value": "notified of",
    },
}

_PICTURES = dict.fromkeys(
    ("display_name", "notes", "notes_url", "action_url", "icon_image", "icon_image_alt"), _SHOWN_ONLY
)

#: Directive -> the reason why a comparison does not show it.
WITHOUT_EFFECT: Mapping[str, Mapping[str, str]] = {
    "host": {
        **_PICTURES,
        **dict.fromkeys(("vrml_image", "gd2_image", "statusmap_image", "2d_coords", "3d_coords"), _SHOWN_ONLY),
        "alias": "commands that use it are compared with its text",
        "hostgroups": "services, dependencies and escalations are compared on each host",
        "failure_prediction_enabled": _OBSOLETE,
        "failure_prediction_options": _OBSOLETE,
    },
    "service": {
        **_PICTURES,
        "host_name": _IDENTITY,
        "hostgroup_name": _IDENTITY,
        "parallelize_check": _OBSOLETE,
        "failure_prediction_enabled": _OBSOLETE,
        "failure_prediction_options": _OBSOLETE,
    },
    "contact": {
        "contact_name": "recipients are compared by address",
        "alias": "notification commands may show it",
        **{f"address{number}": "it is for notification commands only" for number in range(1, 7)},
        "can_submit_commands": "it is a permission in the web interface",
        "retain_status_information": "it keeps changes by external commands",
        "retain_nonstatus_information": "it keeps changes by external commands",
    },
}
