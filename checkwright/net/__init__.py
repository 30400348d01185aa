"""Connections, deadlines, TLS contexts and certificates: shared by network sources."""
