"""Tables that name images, whatever file they come from, and what their columns say.

What other rooms need of it stands here.
"""

from visavis.datasets.reading.tables.columns import IMAGE_SUFFIXES, LABELS, Columns, columns_of
from visavis.datasets.reading.tables.csv_files import open_csv
from visavis.datasets.reading.tables.json_lines import JsonLines
from visavis.datasets.reading.tables.manifest import Manifest
from visavis.datasets.reading.tables.parquet_files import Shards, part_of_row
from visavis.datasets.reading.tables.table import Row, Table

__all__ = [
    "IMAGE_SUFFIXES", "LABELS", "Columns", "JsonLines", "Manifest", "Row", "Shards", "Table", "columns_of",
    "open_csv", "part_of_row",
]  # fmt: skip
