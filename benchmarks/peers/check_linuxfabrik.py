#!/usr/bin/env python3
"""Load, a disk or a page on the library of Linuxfabrik's plugins (PyPI: linuxfabrik-lib).

The plugins are not on PyPI. This script makes the same calls: argparse with the library's texts, psutil or the
library's fetch, the library's states, performance data and exit.
"""
# mypy: ignore-errors
# The library has no types.

import argparse
import sys

import lib.args
import lib.base
import lib.human
import lib.url
from lib.globals import STATE_OK, STATE_UNKNOWN


def load(args):
    import psutil

    cores = psutil.cpu_count() or 1
    averages = [value / cores for value in psutil.getloadavg()]
    state = lib.base.get_state(averages[2], args.warning, args.critical)
    perfdata = "".join(
        lib.base.get_perfdata(f"load{minutes}", round(value, 2), None, None, None, 0, None)
        for minutes, value in zip((1, 5, 15), averages, strict=True)
    )
    return f"Avg per CPU: {averages[0]:.2f} {averages[1]:.2f} {averages[2]:.2f}", state, perfdata


def disk(args):
    import psutil

    place = next((one for one in psutil.disk_partitions(all=True) if one.mountpoint == args.path), None)
    if place is None:
        return f"{args.path} is not mounted", STATE_UNKNOWN, ""
    usage = psutil.disk_usage(place.mountpoint)
    state = lib.base.get_state(usage.percent, args.warning, args.critical)
    perfdata = lib.base.get_perfdata(f"{args.path}-percent", usage.percent, "%", args.warning, args.critical, 0, 100)
    perfdata += lib.base.get_perfdata(f"{args.path}-usage", usage.used, "B", None, None, 0, usage.total)
    return f"{args.path} {usage.percent}% - {lib.human.bytes2human(usage.free)} free", state, perfdata


def page(args):
    import time

    began = time.time()
    done, result = lib.url.fetch(args.url, timeout=8)
    if not done:
        return result, STATE_UNKNOWN, ""
    took = time.time() - began
    state = lib.base.get_state(took, args.warning, args.critical)
    perfdata = lib.base.get_perfdata("time", round(took, 3), "s", args.warning, args.critical, 0, None)
    return f"{args.url} answered within {took:.3f}s", state, perfdata


def main():
    parser = argparse.ArgumentParser(description="Load, a disk or a page.")
    parser.add_argument("what", choices=("load", "disk", "page"))
    parser.add_argument("--always-ok", action="store_true", help=lib.args.help("--always-ok"))
    parser.add_argument("-w", "--warning", type=float, default=80)
    parser.add_argument("-c", "--critical", type=float, default=90)
    parser.add_argument("--path", default="/")
    parser.add_argument("--url", default="")
    args = parser.parse_args()
    message, state, perfdata = {"load": load, "disk": disk, "page": page}[args.what](args)
    lib.base.oao(message, state if state is not None else STATE_OK, perfdata, always_ok=args.always_ok)


if __name__ == "__main__":
    try:
        main()
    except Exception:
        lib.base.cu()
        sys.exit(3)
