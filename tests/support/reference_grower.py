"""A process that grows a type, picture by picture; see tests/index/references.

python -m tests.support.reference_grower PLACE PICTURE...
"""

from __future__ import annotations

import sys

from relevance import References
from tests.support.toy import ToyEncoder


def main() -> None:
    references = References(sys.argv[1], model=ToyEncoder())
    for picture in sys.argv[2:]:
        (row,) = references.recognise(picture, threshold=0.2, grow=True)
        sys.stdout.write(f"{picture} {'grew' if row.grew else row.reason}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
