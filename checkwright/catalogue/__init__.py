"""Catalogue: what each server does, who is notified and why, as pages of a plan and as text for a terminal."""
