"""Tasks, accounts and deliveries on PostgreSQL, and the embedded server that holds them by default."""
