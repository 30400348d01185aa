"""Settings of the live main configuration that contradict a build."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from nagios_cfg.deployment.build_folder import NotBuilt
from nagios_cfg.deployment.file_tree import read_file
from nagios_cfg.deployment.mainfile import MainFile

_FILE = "main.cfg"
_SETTING = re.compile(r"([a-z_]+)=(.*)")
#: Values of Nagios where the main configuration is silent.
_DEFAULTS: Mapping[str, str] = {
    "interval_length": "60",
    "service_check_timeout": "60",
    "service_check_timeout_state": "c",
    "check_service_freshness": "1",
    "use_true_regexp_matching": "0",
    "execute_service_checks": "1",
    "execute_host_checks": "1",
    "enable_notifications": "1",
    "enable_predictive_service_dependency_checks": "1",
    "process_performance_data": "0",
    "retain_state_information": "0",
}
#: Settings without which these files do something else than the registry says: reason.
_REFUSED: Mapping[str, str] = {
    "interval_length": "every interval of the build is in minutes",
    "use_true_regexp_matching": "a name such as web.production would be a pattern for other names too",
}
_REASONS: Mapping[str, str] = {
    "service_check_timeout_state": "a check that Nagios ends would be an alert about its target",
    "check_service_freshness": "a passive service without results would stay OK",
}
#: Settings that switch the monitoring off, whatever is built.
_SWITCHES: Mapping[str, str] = {
    "execute_service_checks": "Nagios runs no service checks",
    "execute_host_checks": "Nagios runs no host checks",
    "enable_notifications": "Nagios notifies nobody",
    "enable_predictive_service_dependency_checks": "a dead NRPE daemon is many alerts",
    "retain_state_information": "each reload forgets states, acknowledgements and downtimes, and notifies no recovery",
}


def read_main_settings(built: Path) -> dict[str, str]:
    """Return the settings that a build folder needs, {} for one of an older checkwright. Raises NotBuilt."""
    try:
        text = read_file(built, _FILE)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise NotBuilt(f"{built / _FILE} cannot be read: {error.strerror}") from None
    found = (_SETTING.fullmatch(line) for line in text.split("\n") if not line.startswith("#"))
    return {match[1]: match[2] for match in found if match}


def refusals(main: MainFile, expected: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each live setting with which the build would do something else."""
    for name, why in _REFUSED.items():
        live = _value(main, name)
        if name in expected and live != expected[name]:
            yield f"{name} is {live} in {main.path} and must be {expected[name]}: {why}"


def warnings(main: MainFile, expected: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each live setting that weakens the build."""
    where = f"in {main.path}"
    for name, effect in _SWITCHES.items():
        if _value(main, name) == "0":
            yield f"Warning: {name} is 0 {where}: {effect}"
    for name, value in expected.items():
        live = _value(main, name)
        if name in _REFUSED or live == value:
            continue
        if name == "service_check_timeout":
            if _is_less(live, value):
                yield f"Warning: {name} is {live} s {where}, and the longest check of the build needs {value} s"
        elif name == "illegal_macro_output_chars":
            if missing := sorted(set(value) - set(live)):
                yield f"Warning: {name} {where} lacks {''.join(missing)}, which reach the shell of a command"
        elif name in _REASONS:
            yield f"Warning: {name} is {live} {where}, and the build needs {value}: {_REASONS[name]}"
        elif name.startswith(("service_perfdata_", "process_performance_")):
            yield f"Warning: {name} is {live or 'not set'} {where}: performance data do not go where the registry says"
        elif name == "broker_module" and value.partition(" ")[0] not in main.all(name):
            yield f"Warning: {name} {where} does not load {value.partition(' ')[0]}, so no pool gets its checks"


def _value(main: MainFile, name: str) -> str:
    return main.get(name) or _DEFAULTS.get(name, "")


def _is_less(live: str, expected: str) -> bool:
    try:
        return float(live) < float(expected)
    except ValueError:
        return True
