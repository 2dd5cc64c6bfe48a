"""What Alembic runs: our revisions, on the connection that `store.migration` hands over."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table="schema_version")
with context.begin_transaction():
    context.run_migrations()
