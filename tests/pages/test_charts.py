"""Charts as parts of a page."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np

from relevance.jobs.score.charts import roc_curve
from tests.support.threads import THREADS, at_once


def test_threads_draw_what_one_draws_and_leave_the_settings_of_others():
    before = dict(mpl.rcParams)
    shares = np.linspace(0, 1, 20)

    def work():
        return [roc_curve(shares, shares**power, (0.5, 0.5**power)) for power in (0.2, 0.5, 0.9)]

    assert at_once(work) == [work()] * THREADS
    assert dict(mpl.rcParams) == before
