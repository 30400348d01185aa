"""Services and programs that bring a notification to people, one module each."""
