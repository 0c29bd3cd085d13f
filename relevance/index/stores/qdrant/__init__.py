"""A store on a Qdrant server, for sets beyond one machine: ``qdrant://host:6333/collection``.

- The name in the address is an alias. Behind it lies a collection of another name, so that an index
  that is made anew takes the old one's place in one step.
- A point is a row as of one write, numbered by ``since``; once another write has replaced or
  removed it, ``until`` numbers that one. The collection's metadata say which write is the last
  whole one, and everyone looks at points of that one alone. Thus a write shows as a whole or not
  at all, though Qdrant has no transactions, and a killed one shows to nobody.
- ``<name>-writing``, a collection without points, is held by the one process that writes.

Nearest rows come from Qdrant's HNSW graph over quantised vectors, and are ranked by float16 ones.
"""

from relevance.index.stores.qdrant.store import QdrantStore

__all__ = ["QdrantStore"]
