"""All files of a catalogue. Equal plans give equal bytes: nothing here knows the time."""

from __future__ import annotations

from collections.abc import Sequence

from checkwright.catalogue import (
    catalogue_assets,
    change_lists,
    check_sheets,
    environment_sheets,
    front_page,
    page_paths,
    parity_sheet,
    search_index,
    team_sheets,
)
from checkwright.catalogue.frame import Frame
from checkwright.catalogue.host_sheets import HostSheets
from checkwright.catalogue.plan_index import PlanIndex
from checkwright.catalogue.role_sheets import RoleSheets
from checkwright.parity.parity_model import Parity
from checkwright.registry.plan import Plan


def files(
    plans: Sequence[Plan], *, parity: Parity | None = None, revision: str = "", source: str = ""
) -> dict[str, str]:
    """Return {relative path: text} of a catalogue of environments, in their order.

    parity: the differences between the environments, None for no page about them. revision: shown on the front page.
    source: URL of the project's files with {file} and {line}, "" for no links to them.
    """
    indexes = [PlanIndex(plan) for plan in plans]
    frame = Frame(plans[0].project, source)
    found = {
        page_paths.STYLE: catalogue_assets.STYLE,
        page_paths.SEARCH: catalogue_assets.SCRIPT,
        page_paths.ROWS: search_index.script(search_index.rows(indexes)),
    }
    found |= [front_page.page(indexes, frame, revision=revision, parity=parity is not None)]
    found |= [change_lists.page(indexes, frame)]
    if parity is not None:
        found |= [parity_sheet.page(parity, frame)]
    found |= check_sheets.pages(indexes, frame)
    found |= team_sheets.pages(indexes, frame)
    for index in indexes:
        found |= environment_sheets.pages(index, frame)
        found |= RoleSheets(index, frame, indexes).pages()
        found |= HostSheets(index, frame).pages()
    return found
