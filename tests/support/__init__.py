"""What tests share: a PostgreSQL server of their own, services as real processes, people with tokens."""
