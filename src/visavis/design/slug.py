"""Names of folders, from names that people give to arms and studies in any script."""

from __future__ import annotations

import hashlib
import re
from unicodedata import category, normalize

LONGEST_SLUG = 80
"""Bytes in UTF-8; file systems take 255, those that encrypt names 143, and a cell's path has more to hold."""
DIGITS = 8
"""Of a digest."""
WORDS, BETWEEN, SYMBOLS, CONTROLS = "LMN", "PZ", "S", "C"
"""Classes of Unicode: letters, marks and numbers; punctuation and spaces; symbols; what doesn't show."""
INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Letters and marks that show nothing, and that some file systems leave out when they compare names."""
DEVICE_NAMES = re.compile(r"con|prn|aux|nul|(com|lpt)\d")
"""Names that Windows gives to devices, in every folder."""


def slugify(name: str) -> str:
    """A name that every file system takes: letters and digits of any script, in one case and one normal form, with
    hyphens between the words.

    Names that differ in nothing but case, spaces and punctuation have one slug. Where more is lost than that (symbols,
    what doesn't show, what is beyond ``LONGEST_SLUG`` bytes) the slug ends in a digest of the name, so other names have
    other slugs. It is empty where the name has neither a letter nor a digit nor a symbol.
    """
    # Unicode's caseless match (D145): decomposed, folded; then composed, which is shorter
    letters = normalize("NFC", normalize("NFD", name).casefold())
    kinds = [CONTROLS if INVISIBLE.match(letter) else category(letter)[0] for letter in letters]
    if not {*WORDS, SYMBOLS}.intersection(kinds):
        return ""
    words = "".join(letter if kind in WORDS else "-" for letter, kind in zip(letters, kinds, strict=True))
    slug = normalize("NFC", re.sub("-+", "-", words).strip("-"))
    whole = set(kinds) <= {*WORDS, *BETWEEN}
    # NFKC: Windows takes the superscripts of COM¹ for digits
    if whole and len(slug.encode()) <= LONGEST_SLUG and not DEVICE_NAMES.fullmatch(normalize("NFKC", slug)):
        return slug
    start = slug.encode()[: LONGEST_SLUG - DIGITS - 1].decode(errors="ignore")
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:DIGITS]
    return f"{start.strip('-')}-{digest}".lstrip("-")
