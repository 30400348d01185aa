"""Sensu asset: the checks and everything that they import, in one archive that runs from any folder."""
