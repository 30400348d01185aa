"""Downtimes and acknowledgements: commands for Nagios, and the timer that recurring and expiring ones need."""
