"""FER2013 in every form in which people have it is the same set, to the bit."""

import json
import zipfile
from io import BytesIO

import numpy as np
import pytest
from forms import png

from visavis.datasets import Images

parquet = pytest.importorskip("pyarrow.parquet")
KAGGLE = {"angry": 0, "disgusted": 1, "fearful": 2, "happy": 3, "sad": 4, "surprised": 5, "neutral": 6}


def parts_of(data):
    """Classes, and of each part the images with their labels, in an order that hangs on nothing else."""
    found = [data.classes]
    for part in (data.train, data.test):
        rows = np.hstack([part.labels[:, None].astype(np.uint8), part.images.reshape(len(part), -1)])
        found.append(rows[np.lexsort(rows.T[::-1])])
    return found


def as_csv(data, path):
    lines = ["emotion,pixels,Usage"]
    for usage, part in (("Training", data.train), ("PublicTest", data.test)):
        for label, image in zip(part.labels, part.images, strict=True):
            lines.append(f"{KAGGLE[data.classes[label]]},{' '.join(map(str, image.ravel()))},{usage}")
    path.write_text("\n".join(lines))


def as_npz(data, path):
    np.savez_compressed(
        path,
        train_images=data.train.images[:, 0],
        train_labels=data.train.labels,
        test_images=data.test.images[:, 0],
        test_labels=data.test.labels[:, None],
        class_names=np.array(data.classes),
    )


def as_parquet(data, folder):
    import pyarrow

    folder.mkdir()
    about = json.dumps({"info": {"features": {"label": {"names": list(data.classes)}}}})
    for name, part in (("train-0", data.train), ("test-0", data.test)):
        images = [{"bytes": png(image[0]), "path": None} for image in part.images]
        table = pyarrow.table({"image": images, "label": part.labels})
        parquet.write_table(table.replace_schema_metadata({"huggingface": about}), folder / f"{name}.parquet")


@pytest.mark.slow
def test_fer2013_is_the_same_in_every_form(real_data, tmp_path):
    zipped = Images(real_data / "fer2013.zip").load()
    expected = parts_of(zipped)
    with zipfile.ZipFile(BytesIO((real_data / "fer2013.zip").read_bytes())) as archive:
        archive.extractall(tmp_path / "folders")
    as_csv(zipped, tmp_path / "fer2013.csv")
    as_npz(zipped, tmp_path / "set.npz")
    as_parquet(zipped, tmp_path / "parquet")
    for name in ("folders", "fer2013.csv", "set.npz", "parquet"):
        found = parts_of(Images(tmp_path / name).load())
        assert found[0] == expected[0], name
        assert all(np.array_equal(one, other) for one, other in zip(found[1:], expected[1:], strict=True)), name
