"""Pictures of the documentation, made from real runs: `make pictures` writes docs/images again."""
