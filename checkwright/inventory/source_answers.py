"""Answers of any source, by its kind."""

from __future__ import annotations

from datetime import datetime

from checkwright.inventory.records import Answer, CannotPull
from checkwright.registry.model.inventory_sources import Ec2, InventorySource, JsonCommand, PuppetDb


def answer_of(source: InventorySource, now: datetime, puppetdb_config: str = "") -> Answer:
    """Ask a source. puppetdb_config: file with settings of PuppetDB. Raises CannotPull, IncompleteAnswer."""
    # Each kind needs other libraries, and one project rarely has all of them.
    if isinstance(source, PuppetDb):
        from checkwright.inventory.puppetdb_answers import puppetdb_answer
        from checkwright.inventory.puppetdb_connection import PuppetDbClient, puppetdb_settings

        try:
            return puppetdb_answer(source, PuppetDbClient(puppetdb_settings(puppetdb_config)), now)
        except ImportError as error:
            raise CannotPull(f"PuppetDB needs the package {error.name}: pip install requests") from None
    if isinstance(source, Ec2):
        from checkwright.inventory.ec2_answers import ec2_answer

        return ec2_answer(source, now)
    if not isinstance(source, JsonCommand):
        raise TypeError(f"{source!r} is of no known kind")
    from checkwright.inventory.command_answers import command_answer

    return command_answer(source, now)
