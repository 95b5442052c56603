"""What happens while a study runs. An event says itself, so that whoever shows or keeps it knows no kinds of them.

Each kind is a class in ``cells`` or ``runs``, and imported from there.
"""

import visavis.events.cells
import visavis.events.runs  # noqa: F401  the kinds of both are there to be read back
from visavis.events.event import Event, Watch, ignore, read_event

__all__ = ["Event", "Watch", "ignore", "read_event"]
