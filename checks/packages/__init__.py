"""Operating system packages."""
