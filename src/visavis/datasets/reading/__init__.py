"""How files become arrays; everything hostile ends here. What other rooms need of it, by name."""

from visavis.datasets.reading.cache import decode_once
from visavis.datasets.reading.collection import Collection, MixedSizes, commonest, digests_of
from visavis.datasets.reading.decode import Form, Unreadable, bitmap_of
from visavis.datasets.reading.files import folder_key, members_of, quote
from visavis.datasets.reading.fonts import fonts_of, require_fonts
from visavis.datasets.reading.layouts import TEST, TRAIN, UNSPLIT, VALIDATION
from visavis.datasets.reading.readers import read_images, reader_of
from visavis.datasets.reading.sources import takes
from visavis.datasets.reading.stack import Stack

__all__ = [
    "TEST", "TRAIN", "UNSPLIT", "VALIDATION", "Collection", "Form", "MixedSizes", "Stack", "Unreadable", "bitmap_of",
    "commonest", "decode_once", "digests_of", "folder_key", "fonts_of", "members_of", "quote",
    "read_images", "reader_of", "require_fonts", "takes",
]  # fmt: skip
