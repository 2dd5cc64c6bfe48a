"""What Alembic runs: our revisions, on the connection that `store.migration` hands over."""

from alembic import context

with context.begin_transaction():
    context.configure(connection=context.config.attributes["connection"], version_table="schema_version")
    context.run_migrations()
