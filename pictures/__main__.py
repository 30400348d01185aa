"""Writes the pictures of the documentation again: `python -m pictures`, or `make pictures`.

NAME... writes only these. --out FOLDER writes them elsewhere.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pictures.chromium import NoPicture
from pictures.run import Unexpected
from pictures.screenshots import SCREENSHOTS
from pictures.sessions import SESSIONS
from pictures.shop import ROOT

IMAGES = ROOT / "docs/images"


def main() -> None:
    """Write the pictures, and print the name of each file."""
    parser = argparse.ArgumentParser(prog="pictures", description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these pictures, such as explain")
    parser.add_argument("--out", type=Path, default=IMAGES, metavar="FOLDER", help="default: docs/images")
    args = parser.parse_args()
    known = [one.name for one in (*SESSIONS, *SCREENSHOTS)]
    if unknown := sorted({*args.names} - {*known}):
        parser.error(f"there is no picture {unknown[0]!r}: choose from {', '.join(known)}")
    names = args.names or known
    try:
        _write(args.out, names)
    except (NoPicture, Unexpected) as error:
        sys.exit(f"error: {error}")


def _write(folder: Path, names: Sequence[str]) -> None:
    for session in SESSIONS:
        if session.name in names:
            file = folder / session.file_name
            file.write_text(session.picture(), encoding="utf-8")
            print(file)
    for page in SCREENSHOTS:
        if page.name in names:
            file = folder / f"{page.name}.png"
            page.take(file.absolute())
            print(file)


if __name__ == "__main__":
    main()
