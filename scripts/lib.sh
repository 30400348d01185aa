# What the scripts of this folder share. Sourced by them, never run.
# shellcheck shell=bash

set -euo pipefail

# User nagios reads what root installs here, compiled.
umask 022
unset PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX PYTHONHOME PYTHONPATH PIP_NO_COMPILE PIP_TARGET PIP_PREFIX PIP_USER
export PIP_DISABLE_PIP_VERSION_CHECK=1

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# Not the first python3 on PATH: one below somebody's home folder is closed to user nagios.
PYTHON=${CHECKWRIGHT_PYTHON:-/usr/bin/python3}

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "error: $*"
    exit 1
}

# The environment of people who work on the project: all extras, the project itself linked.
development_dir() { printf '%s\n' "$ROOT/.venv"; }

# The environment that Nagios runs: what a user gets, the project installed as a wheel.
# Root's checkout may be below a closed folder, so root's goes where everybody can read.
runtime_dir() {
    if [ -n "${CHECKWRIGHT_VENV:-}" ]; then
        printf '%s\n' "$CHECKWRIGHT_VENV"
    elif [ "$(id -u)" = 0 ]; then
        printf '/var/lib/checkwright/%s-%s\n' "$(basename "$ROOT")" "$(printf '%s' "$ROOT" | digest | cut -c1-8)"
    else
        printf '%s\n' "$ROOT/.runtime"
    fi
}

digest() { sha256sum | cut -d' ' -f1; }

# What an environment's dependencies hang on.
requirements_digest() { { "$PYTHON" -VV; cat "$ROOT/setup.cfg" "$ROOT/pyproject.toml"; } | digest; }

# What the wheel is made of.
PACKAGES=(checks checkwright sensu nagios_cfg icinga_cfg)
COMMANDS=(bin)
METADATA=(setup.cfg pyproject.toml README.md LICENSE)

sources_digest() {
    (
        cd "$ROOT"
        find "${PACKAGES[@]}" "${COMMANDS[@]}" "${METADATA[@]}" -name __pycache__ -prune -o -type f -print0 |
            LC_ALL=C sort -z | xargs -0 sha256sum
    ) | digest
}

# Time of all files of a build, in seconds since 1970, so that equal sources give equal bytes.
source_date() {
    printf '%s\n' "${SOURCE_DATE_EPOCH:-$(git -C "$ROOT" log -1 --format=%ct 2>/dev/null || stat -c %Y "$ROOT/CHANGELOG.md")}"
}

# Copies what the wheel is made of into a folder, without what an earlier build left in the checkout.
copy_sources() {
    (cd "$ROOT" && tar -c --exclude=__pycache__ --exclude='*.egg-info' --mode=u=rwX,go=rX "${PACKAGES[@]}" "${COMMANDS[@]}" "${METADATA[@]}") |
        tar -x -C "$1"
}

# Makes the environment of the build tools where it is missing, and prints its folder. It is outside the environment
# that Nagios runs, since setuptools there would slow each start of Python.
build_tools() {
    local tools stamp
    tools="$(runtime_dir).build"
    mkdir -p "$tools"
    exec 8>"$tools/lock"
    flock 8
    stamp=$(requirements_digest)
    if [ "$(cat "$tools/stamp" 2>/dev/null)" != "$stamp" ]; then
        rm -rf "$tools/venv" "$tools/stamp"
        "$PYTHON" -m venv "$tools/venv"
        "$tools/venv/bin/python" -m pip install --quiet --quiet "setuptools>=77" >&2
        printf '%s\n' "$stamp" >"$tools/stamp"
    fi
    exec 8>&-
    printf '%s\n' "$tools/venv"
}

require_python() {
    [ -x "$PYTHON" ] || fail "$PYTHON is missing: install the Debian package python3, or name another by CHECKWRIGHT_PYTHON."
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "$PYTHON is $("$PYTHON" -V), and Python 3.11 or newer is needed: name another by CHECKWRIGHT_PYTHON."
    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || "$ROOT/scripts/debian-packages" python3-venv
}

# Two runs at the same time must not build the same folder: the second waits for the first.
lock() {
    exec 9>"$1"
    flock 9
}

# Reads all Python in the project for faults and form, and all text for misspelt words.
lint_form() {
    cd "$ROOT"
    "$(development_dir)/bin/codespell" bin checks checkwright nagios_cfg sensu docs examples benchmarks puppet scripts .github ./*.md
    "$(development_dir)/bin/ruff" check --quiet
    "$(development_dir)/bin/ruff" format --quiet --check
}

# Reads the types.
lint_types() {
    cd "$ROOT"
    "$(development_dir)/bin/mypy" checks checkwright sensu nagios_cfg icinga_cfg tests examples/shop benchmarks pictures
}

# Lints, and runs tests while mypy reads the types, which it does on one processor. Its output comes after theirs.
lint_and_test() {
    local status=0
    lint_form
    types_output=$(mktemp)
    lint_types >"$types_output" 2>&1 &
    types=$!
    trap 'kill "$types" 2>/dev/null || true; rm -f "$types_output"' EXIT
    run_tests "$@" || status=$?
    if ! wait "$types"; then
        [ "$status" != 0 ] || status=1
        say "error: the tests ran, and mypy finds faults in the types:"
    fi
    cat "$types_output" >&2
    return "$status"
}

# Many tests wait for a process or a server, so more of them run at a time than there are processors. Each process
# takes 15 s of processor time to collect the tests, so the quick ones, which wait less, have fewer.
# worksteal keeps the tests of a module together, whose servers then start once.
run_tests() {
    cd "$ROOT"
    "$(development_dir)/bin/python" -m pytest -q --numprocesses "${CHECKWRIGHT_TEST_PROCESSES:-$(($(nproc) * 2))}" --dist worksteal "$@"
}
