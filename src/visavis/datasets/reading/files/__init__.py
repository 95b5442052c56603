"""Files with their paths, from a folder, a tar or a zip; everything hostile in archives ends here.

What other rooms need of it stands here.
"""

from visavis.datasets.reading.files.archives import is_archive, listing, members_of
from visavis.datasets.reading.files.folders import files_below
from visavis.datasets.reading.files.keys import file_key, folder_key, is_there, stat_key
from visavis.datasets.reading.files.members import (
    LARGEST_MEMBER,
    MOST_MEMBERS,
    Member,
    archive_error,
    is_hidden,
    quote,
    require_few,
    require_unpacked,
    unpacked_limit,
)
from visavis.datasets.reading.files.tars import tar_members
from visavis.datasets.reading.files.zips import METHODS

__all__ = [
    "LARGEST_MEMBER", "METHODS", "MOST_MEMBERS", "Member", "archive_error", "file_key", "files_below", "folder_key",
    "is_archive", "is_hidden", "is_there", "listing", "members_of", "quote", "require_few", "require_unpacked",
    "stat_key", "tar_members", "unpacked_limit",
]  # fmt: skip
