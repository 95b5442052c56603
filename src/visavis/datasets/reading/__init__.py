"""How files become arrays; everything hostile ends here. What other rooms need of it, by name."""

from visavis.datasets.reading.cache import decode_once, folder_key
from visavis.datasets.reading.collection import Collection, MixedSizes, commonest, digests_of
from visavis.datasets.reading.decode import Form, Unreadable, bitmap_of
from visavis.datasets.reading.entries import TEST, TRAIN, UNSPLIT, VALIDATION
from visavis.datasets.reading.fonts import fonts_of, require_fonts
from visavis.datasets.reading.members import quote
from visavis.datasets.reading.readers import read_images, reader_of
from visavis.datasets.reading.stack import Stack

__all__ = [
    "TEST", "TRAIN", "UNSPLIT", "VALIDATION", "Collection", "Form", "MixedSizes", "Stack", "Unreadable", "bitmap_of",
    "commonest", "decode_once", "digests_of", "folder_key", "fonts_of", "quote", "read_images", "reader_of",
    "require_fonts",
]  # fmt: skip
