"""``python -m relevance``."""

from __future__ import annotations

import sys

from relevance.cli import main

sys.exit(main())
