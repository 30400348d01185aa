"""Files that describe a Sensu asset, as `checkctl sensu asset` writes them."""

from __future__ import annotations

from pathlib import Path

import sensu
from checkwright.cli.input_file import read_text
from checkwright.core.errors import CannotDo


def read_asset(file: Path) -> sensu.Asset:
    """Return the Asset that a file describes. Raises CannotDo if it holds anything else."""
    from checkwright.asset import asset_resource

    asset = asset_resource.read(read_text(file))
    if asset is None:
        raise CannotDo(f"{file} must hold one Asset and nothing else: checkctl sensu asset makes such a file.")
    return asset
