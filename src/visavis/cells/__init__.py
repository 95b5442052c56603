"""One arm x one seed: put together, tried, trained, kept. Whoever iterates is told, and stops.

What other rooms need of it stands here.
"""

from visavis.cells.conditions import Conditions
from visavis.cells.draws import build_network, draw_input, images_gone_through
from visavis.cells.elsewhere import OtherImages, predict_elsewhere
from visavis.cells.environment import describe_environment
from visavis.cells.fingerprints import data_fingerprints, tests_fingerprints
from visavis.cells.in_memory import fit
from visavis.cells.machine import Machine
from visavis.cells.pretraining import TrainedOn
from visavis.cells.rehearsal import Bits, Rehearsal, rehearse, rehearse_bits, rehearse_pass, rehearse_speed
from visavis.cells.side_by_side import Result, SideBySide
from visavis.cells.study_data import StudyData

__all__ = [
    "Bits", "Conditions", "Machine", "OtherImages", "Rehearsal", "Result", "SideBySide", "StudyData", "TrainedOn",
    "build_network", "data_fingerprints", "describe_environment", "draw_input", "fit", "images_gone_through",
    "predict_elsewhere", "rehearse", "rehearse_bits", "rehearse_pass", "rehearse_speed", "tests_fingerprints",
]  # fmt: skip
