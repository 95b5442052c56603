"""Cells that keep pace go side by side; the others are trained after one another, to the same bits."""

import numpy as np
import pytest

import visavis as vv
from small import tiny_arm
from visavis.cells import side_by_side


@pytest.fixture(scope="module")
def study():
    control = tiny_arm().but("plain")
    return vv.Study(
        name="paces",
        question="Do they go together?",
        data=vv.datasets.Glyphs(train_size=60, test_size=30),
        control=control,
        arms=[
            control.but("AdamW", optimizer=vv.AdamW(lr=0.01)),
            control.but("cosine", schedule=vv.Cosine()),
            control.but("shifted", augmentation=vv.Shift(1)),
            control.but("focal", loss=vv.Focal()),
            control.but("noisy", training=vv.LabelNoise(0.2)),
            control.but("often", training=vv.Fraction(0.5, same_steps=True)),
            control.but("longer", epochs=4),
            control.but("smaller batches", batch_size=15),
            control.but("half", training=vv.Fraction(0.5)),
        ],
        seeds=range(2),
    )


def test_only_the_pace_parts_cells_and_each_gives_what_it_gives_alone(study, tmp_path, monkeypatch):
    groups, real = [], side_by_side.fit
    monkeypatch.setattr(side_by_side, "fit", lambda cells, *given: groups.append(cells) or real(cells, *given))
    together = vv.run_study(study, tmp_path / "together", vv.Options(precision="fp32", together=20))
    assert sorted(map(len, groups)) == [2, 2, 2, 14]
    assert all(len({cell.pace for cell in group}) == 1 for group in groups)
    alone = vv.run_study(study, tmp_path / "alone", vv.Options(precision="fp32"))
    for arm in study.all_arms:
        for seed in study.seeds:
            logits = [folder.cell(arm.name, seed).read_predictions().logits for folder in (together, alone)]
            assert np.array_equal(*logits)
            in_memory = vv.fit(arm, study.data, seed)
            assert np.array_equal(in_memory.logits, logits[0])
