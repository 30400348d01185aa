"""DNS servers and resolvers."""
