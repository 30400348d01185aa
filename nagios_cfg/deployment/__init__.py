"""From built files to a running Nagios: verify, ask the machines' NRPE daemons, deploy, reload, roll back.

Nothing here imports a project, so that `deploy` may run as root.
"""
