"""A data set of the Hugging Face hub by name: fetched once, and read as any files are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from visavis.checks import require
from visavis.data import ImageData
from visavis.datasets.images import Images
from visavis.errors import DataError, first_line
from visavis.read_as import AS_THEY_ARE, ReadAs

FILES = ("*.parquet", "*.jsonl", "*.csv", "*.tsv", "*.zip", "*.tar", "*.tar.gz", "*.npz", "*.png", "*.jpg", "*.jpeg")
"""What is fetched of a data set: what a reader takes; never code."""


@dataclass(frozen=True)
class HubData:
    """A data set of the Hugging Face hub; needs the package ``huggingface_hub``, and a network for the first time.

    Attributes:
        name: ``owner/name``, as the hub has it.
        revision: branch, tag or commit; by default the newest.
        channels, size, test_fraction, split_seed, read_as: see ``Images``.
    """

    name: str
    revision: str | None = None
    channels: int | None = None
    size: tuple[int, int] | None = None
    test_fraction: float = 0.2
    split_seed: int = 0
    read_as: ReadAs = AS_THEY_ARE

    def __post_init__(self) -> None:
        require(bool(self.name.strip("/ ")), "data.name", repr(self.name), "a data set's name on the hub, owner/name")

    def reading_as(self, read_as: ReadAs) -> HubData:
        """The same with something else said of its files."""
        return replace(self, read_as=read_as)

    def load(self) -> ImageData:
        """See ``Dataset.load``."""
        folder = self._folder()
        images = Images(folder, self.channels, self.size, self.test_fraction, self.split_seed, read_as=self.read_as)
        data = images.load()
        source = data.source.replace(f"from {folder.name}", f"of the hub's {self.name}, revision {folder.name[:12]}")
        return replace(data, name=self.name, source=source)

    def _folder(self) -> Path:
        """The folder of its files; its name is the commit."""
        try:
            from huggingface_hub import snapshot_download
        except ImportError as problem:
            raise DataError(
                f"{self.name} comes from a hub", got="no package huggingface_hub", do="pip install 'visavis[hub]'"
            ) from problem
        try:
            patterns = list(FILES)
            folder = snapshot_download(self.name, repo_type="dataset", revision=self.revision, allow_patterns=patterns)
            return Path(folder)
        except Exception as problem:  # whatever the network or the hub raises
            raise DataError(
                f"{self.name} can't be fetched from the hub",
                got=f"{type(problem).__name__}: {first_line(problem)}"[:200],
                expected="a network, and the name of a public data set",
                do="fetch it where there is a network, and give the folder: --data FOLDER",
            ) from problem
