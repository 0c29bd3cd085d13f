"""A process that adds batches of ten rows to a store, and says so after each; see test_stores.

python -m tests.support.store_writer ADDRESS COUNT FIRST
"""

from __future__ import annotations

import sys

from relevance.index.stores import open_store
from tests.support.stores import row, vectors

BATCH = 10


def main() -> None:
    address, count, first = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    store = open_store(address)
    for start in range(first, first + count, BATCH):
        numbers = range(start, start + BATCH)
        store.add([row(number) for number in numbers], vectors(BATCH, seed=start))
        sys.stdout.write(f"{start}\n")
        sys.stdout.flush()
    store.close()


if __name__ == "__main__":
    main()
