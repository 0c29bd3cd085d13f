"""A store in a folder: rows in SQLite, vectors in files that only grow, exact unless it is large.

- ``current`` names the generation in force; another one takes its place in one step.
- ``<generation>/rows.sqlite`` (WAL): rows, which vectors are committed, and which have no row left.
- ``<generation>/vectors.f16``: unit rows; what is committed is never changed.
- ``<generation>/codes-<n>.bits`` and ``.reach``: what large stores are sifted by; made again when
  there are twice as many vectors.
- ``writing.lock``: held by the one process that writes.

A write puts vectors behind the committed ones first and commits in SQLite last. Readers look at
what is committed alone, so that a kill at any moment, or a write under way, shows to nobody.
"""

from relevance.index.stores.embedded.store import EmbeddedStore

__all__ = ["EmbeddedStore"]
