"""What is wrong with a data set, before anything is trained on it."""

from visavis.audit.audit import audit
from visavis.audit.findings import Audit, AuditResult, NearDuplicates, NotLookedFor, Picture, Problem
from visavis.audit.sheet import draw_sheet

__all__ = ["Audit", "AuditResult", "NearDuplicates", "NotLookedFor", "Picture", "Problem", "audit", "draw_sheet"]
