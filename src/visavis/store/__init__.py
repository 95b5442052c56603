"""The run folder: the only room that reads or writes it."""

from visavis.store.cells import CellFolder, CellState
from visavis.store.checkpoints import Checkpoint
from visavis.store.claims import SECONDS_BETWEEN_TRIES, Claim, Holder, wait_for
from visavis.store.documents import (
    CellDocument,
    DataDocument,
    EnvironmentDocument,
    FrozenDocument,
    LookDocument,
    ModelDocument,
    Origin,
    WeightsDocument,
)
from visavis.store.elsewhere import OWN_TEST, OtherImagesDocument, OtherTestsDocument
from visavis.store.folder import ALIKE, OF_AUDIT, OF_DATA, RunFolder
from visavis.store.study import ChoiceDocument, StudyDocument, TunedDocument

__all__ = [
    "ALIKE", "OF_AUDIT", "OF_DATA", "OWN_TEST", "SECONDS_BETWEEN_TRIES", "CellDocument", "CellFolder", "CellState",
    "Checkpoint", "ChoiceDocument", "Claim", "DataDocument", "EnvironmentDocument", "FrozenDocument", "Holder",
    "LookDocument", "ModelDocument", "Origin", "OtherImagesDocument", "OtherTestsDocument", "RunFolder",
    "StudyDocument", "TunedDocument", "WeightsDocument", "wait_for",
]  # fmt: skip
