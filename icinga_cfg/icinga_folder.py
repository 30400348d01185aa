"""Folder of a build with the objects for Icinga 2. The others are those of `nagios_cfg.folders`."""

ICINGA = "icinga"
