"""A store in PostgreSQL with pgvector: a schema of a database, one for each index."""

from relevance.index.stores.postgres.store import PostgresStore

__all__ = ["PostgresStore"]
