"""Whether a run is slow because it has fewer cores than it could use."""

from __future__ import annotations

import os
import time

from visavis.events.runs import CoresShared
from visavis.runs.journal import Log
from visavis.training import CoreTime

SECONDS, SHARE = 10.0, 0.4
"""How long it is watched before anything is said, and the share of time without a core that is worth saying."""


class CoreWatch:
    """Says once that the run waits for cores, if it does."""

    def __init__(self) -> None:
        self._start, self._before, self._is_said = time.perf_counter(), CoreTime.now(), False

    def look(self, log: Log) -> None:
        """Says it if that is so by now."""
        if self._is_said or time.perf_counter() - self._start < SECONDS:
            return
        now = CoreTime.now()
        share = now.share_waited_since(self._before)
        self._start, self._before = time.perf_counter(), now
        if share > SHARE:
            self._is_said = True
            log(CoresShared(share, os.getloadavg()[0], os.cpu_count() or 1))
