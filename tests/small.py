"""A study that takes seconds."""

from __future__ import annotations

import visavis as vv


def small_study(
    *, seeds: int = 2, epochs: int = 2, lr: float = 0.05, arms: tuple[str, ...] = ("permuted",)
) -> vv.Study:
    """Perceptrons on a few glyphs: seconds for all cells."""
    mlp = vv.models.MLP(hidden=(16,))
    control = vv.Arm("plain", input=vv.Untouched(), model=mlp, tuning=vv.FromScratch(lr=lr))
    others = {
        "permuted": control.but("permuted", input=vv.PixelPermutation()),
        "wide": control.but("wide", model=vv.models.MLP(hidden=(24,))),
        "wide permuted": control.but("wide permuted", input=vv.PixelPermutation(), model=vv.models.MLP(hidden=(24,))),
    }
    return vv.Study(
        name="small",
        question="Does it run?",
        data=vv.datasets.Glyphs(train_size=120, test_size=50),
        recipe=vv.Recipe(epochs=epochs, batch_size=32, optimizer=vv.SGD(momentum=0.9), loss=vv.NLL()),
        control=control,
        arms=[others[name] for name in arms],
        seeds=range(seeds),
    )
