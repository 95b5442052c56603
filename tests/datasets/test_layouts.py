"""What is made of collections as people have them; the table in the docs is the same."""

import json

import pytest
from layouts import LAYOUTS, RESULTS, flags

from visavis.datasets import Images, ReadAs
from visavis.errors import DataError, InvalidStudy

OUTCOMES = json.loads(RESULTS.read_text())


@pytest.mark.parametrize("number", range(len(LAYOUTS)), ids=[layout.title for layout in LAYOUTS])
def test_a_collection_is_read_as_the_docs_say(number, tmp_path):
    layout, expected = LAYOUTS[number], OUTCOMES[number]
    assert (layout.title, flags(layout)) == (expected["title"], expected["flags"])
    assert layout.outcome(tmp_path) == expected["outcome"]


def test_each_collection_has_its_outcome():
    assert len(OUTCOMES) == len(LAYOUTS) >= 40


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layout": "class/class"}, "data.layout"),
        ({"layout": "group"}, "data.layout"),
        ({"layout": "class/kind"}, "data.layout"),
        ({"groups": "(p"}, "data.groups"),
        ({"fit": "stretch"}, "data.fit"),
        ({"decode_size": 0}, "data.decode_size"),
    ],
)
def test_what_cannot_be_said_is_refused(options, message):
    with pytest.raises(InvalidStudy, match=message):
        ReadAs(**options)


def test_what_means_nothing_for_a_source_is_refused(tmp_path):
    path = LAYOUTS[0].write(tmp_path)
    with pytest.raises(
        InvalidStudy, match=r"data\.path_column can't be used; got 'x'; expected --layout, .*class folders"
    ):
        Images(path, read_as=ReadAs(path_column="x")).load()
    with pytest.raises(DataError, match="there are no folds"):
        Images(path, read_as=ReadAs(test_fold="1")).load()
