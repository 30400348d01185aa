"""Folders of a build, relative to it."""

#: Object files, which Nagios includes by `cfg_dir=`.
NAGIOS = "nagios"
#: Files for the machines' NRPE daemons.
NRPE = "nrpe"
#: Files for pools: the broker module and the workers.
GEARMAN = "gearman"
#: Files for the machines' sudo.
SUDOERS = "sudoers"
#: Channels of teams, for checkwright-notify.
NOTIFY = "notify"
#: Unit of the sender of performance data.
PERFDATA = "perfdata"
