"""Dashboards of Grafana for the roles of a plan."""
