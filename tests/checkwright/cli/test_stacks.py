"""Table of checks by stack, at the top of the index of checks."""

from checkwright.cli.stacks import STACKS, stack_table
from checkwright.core.catalog import all_checks


def test_every_check_in_the_table_exists() -> None:
    known = {found.name for found in all_checks("")}
    assert {name for _, names, _ in STACKS for name in names} - known == set()


def test_only_checks_with_a_page_are_linked() -> None:
    lines = "\n".join(stack_table({"redis", "nginx"}))
    assert "[redis](redis.md)" in lines and "postgresql.md" not in lines
    assert "| LAMP |" not in lines
    assert stack_table({"checkout"}) == []
