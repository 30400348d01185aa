"""Folders of a build, relative to it, and where its files go on the Nagios server."""

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
#: Units of the timer for downtimes.
DOWNTIMES = "downtimes"
#: Unit of the sender of performance data.
PERFDATA = "perfdata"

#: Folder where checkwright-notify reads the files of NOTIFY.
NOTIFY_SETTINGS = "/etc/checkwright/notify"
