"""How files become arrays; everything hostile ends here. What other rooms need of it, by name."""

from visavis.datasets.reading.ahead import decoding_counted
from visavis.datasets.reading.cache import decode_once, folder_key
from visavis.datasets.reading.collection import TEST, TRAIN, UNSPLIT, VALIDATION, Collection, commonest
from visavis.datasets.reading.decode import Form, Unreadable, bitmap_of
from visavis.datasets.reading.fonts import fonts_of, require_fonts
from visavis.datasets.reading.idx import idx_files_at, read_letters
from visavis.datasets.reading.members import LARGEST_MEMBER, quote
from visavis.datasets.reading.sources import read_class_folders
from visavis.datasets.reading.stack import Stack
from visavis.datasets.reading.tables import is_table, read_table

__all__ = [
    "LARGEST_MEMBER",
    "TEST",
    "TRAIN",
    "UNSPLIT",
    "VALIDATION",
    "Collection",
    "Form",
    "Stack",
    "Unreadable",
    "bitmap_of",
    "commonest",
    "decode_once",
    "decoding_counted",
    "folder_key",
    "fonts_of",
    "idx_files_at",
    "is_table",
    "quote",
    "read_class_folders",
    "read_letters",
    "read_table",
    "require_fonts",
]
