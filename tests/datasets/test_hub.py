"""A data set of a hub is fetched, and read as any files are; here nothing is fetched."""

import pytest
from layouts import LAYOUTS

from visavis import datasets
from visavis.errors import DataError, InvalidStudy

hub = pytest.importorskip("huggingface_hub")


def test_what_is_fetched_is_read_as_files(monkeypatch, tmp_path):
    folder = LAYOUTS[2].write(tmp_path / "0123456789abcdef")
    asked = {}

    def fetch(name, **settings):
        asked.update(settings, name=name)
        return str(folder.resolve())

    monkeypatch.setattr(hub, "snapshot_download", fetch)
    data = datasets.open("hub:someone/cats@v2", channels=3, read_as=datasets.ReadAs(decode_size=4)).load()
    assert (asked["name"], asked["revision"], asked["repo_type"]) == ("someone/cats", "v2", "dataset")
    assert not any(pattern.endswith(".py") for pattern in asked["allow_patterns"])
    assert (data.name, data.classes, data.shape.width) == ("someone/cats", ("cat", "dog"), 4)
    assert "of the hub's someone/cats, revision 0123456789ab" in data.source


def test_without_a_network_it_is_said_what_to_do(monkeypatch):
    def fetch(name, **settings):
        raise ConnectionError("no route")

    monkeypatch.setattr(hub, "snapshot_download", fetch)
    with pytest.raises(DataError, match=r"can't be fetched .* ConnectionError: no route; .* give the folder"):
        datasets.open("hub:someone/cats").load()
    with pytest.raises(InvalidStudy, match=r"data\.name"):
        datasets.open("hub:")
