"""What is wrong with a data set, before anything is trained on it."""

from visavis.audit.audit import audit
from visavis.audit.findings import (
    Audit,
    AuditResult,
    ClassSupport,
    Identical,
    NearDuplicates,
    NearPair,
    NotLookedFor,
    Picture,
    Problem,
)
from visavis.audit.near import CORRELATION, DISTANCE, SKETCH
from visavis.audit.sheet import draw_sheet

__all__ = [
    "CORRELATION", "DISTANCE", "SKETCH", "Audit", "AuditResult", "ClassSupport", "Identical", "NearDuplicates",
    "NearPair", "NotLookedFor", "Picture", "Problem", "audit", "draw_sheet",
]  # fmt: skip
