"""Files that describe a Sensu asset, as `checkctl sensu asset` writes them."""

from __future__ import annotations

from pathlib import Path

import sensu
from checkwright.cli.input_file import read_text
from checkwright.core.errors import CannotDo


def read_asset(file: Path) -> sensu.Asset:
    """Return the Asset that a file describes. Raises CannotDo if it holds anything else."""
    from checkwright.asset import asset_resource

    text = read_text(file)
    asset = asset_resource.read(text)
    if asset is None:
        errors = [finding for finding in sensu.validate_files({str(file): text}) if finding.severity == "error"]
        place = f"{errors[0].origin}: {errors[0].message}. " if errors else ""
        raise CannotDo(f"{place}{file} must hold one Asset and nothing else: checkctl sensu asset makes such a file.")
    return asset
