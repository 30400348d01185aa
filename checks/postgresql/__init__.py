"""PostgreSQL and PgBouncer."""
