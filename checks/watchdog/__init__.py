"""Reports to external services, which notice when monitoring stops."""
