"""How alembic runs a migration here: in the transaction of the connection that it is given."""

from __future__ import annotations

from alembic import context

from watcher.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
