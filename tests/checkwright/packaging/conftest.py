"""Projects that a test writes."""

from tests.checkwright.registry.conftest import project as project
