"""The parts that visavis ships, by factor: what they promise is checked for every value that stands here.

A new part adds a line; one that stands nowhere is found by ``test_shipped``.
"""

from __future__ import annotations

import visavis as vv
from small import STRATEGIES

OPTIMIZERS = [
    vv.SGD(lr=0.05),
    vv.SGD(lr=0.05, momentum=0.9),
    vv.SGD(lr=0.05, momentum=0.9, nesterov=True),
    vv.SGD(lr=0.05, weight_decay=0.01),
    vv.Adam(lr=0.01),
    vv.Adam(lr=0.01, betas=(0.8, 0.9), weight_decay=0.1),
    vv.AdamW(lr=0.01),
    vv.AdamW(lr=0.01, eps=1e-6, weight_decay=0.5),
    vv.Torch("RMSprop", lr=0.01, options={"alpha": 0.9, "momentum": 0.5}),
    vv.Torch("NAdam", lr=0.01),
    vv.Torch("RAdam", lr=0.01),
    vv.Torch("Adagrad", lr=0.05),
    vv.Torch("Adadelta", lr=0.5),
    vv.Torch("Adamax", lr=0.01),
    vv.Torch("ASGD", lr=0.05),
    vv.Torch("Rprop", lr=0.01),
    vv.Torch("Adafactor", lr=0.05),
    vv.Torch("AdamW", lr=0.01, options={"amsgrad": True}),
]
LOSSES = [
    vv.CrossEntropy(),
    vv.CrossEntropy(label_smoothing=0.2),
    vv.CrossEntropy(weights=vv.Balanced()),
    vv.CrossEntropy(label_smoothing=0.2, weights=vv.Balanced()),
    vv.NLL(),
    vv.NLL(weights=vv.Balanced()),
    vv.BinaryCrossEntropy(),
    vv.BinaryCrossEntropy(weights=vv.Balanced()),
    vv.Focal(),
    vv.Focal(gamma=0.5),
    vv.Focal(weights=vv.Balanced()),
    vv.CrossEntropy(weights=vv.EffectiveNumber(0.9)),
]
SCHEDULES = [
    vv.Constant(),
    vv.Constant(warmup=1.5),
    vv.Cosine(),
    vv.Cosine(end=0.1, warmup=1),
    vv.Linear(),
    vv.Linear(end=0.1, warmup=0.5),
    vv.Steps(every=1),
    vv.Steps(every=0.75, factor=0.5, warmup=0.5),
    vv.OneCycle(),
    vv.OneCycle(peak=0.5, start=0.1, end=0.01),
]
TRAINING_SETS = [
    vv.Everything(),
    vv.Bootstrap(),
    vv.Fraction(0.5),
    vv.Fraction(0.5, same_steps=True),
    vv.PerClass(3),
    vv.PerClass(3, same_steps=True),
    vv.LabelNoise(0.3),
    vv.Oversample(),
    vv.Oversample(0.5),
]
AUGMENTATIONS = [
    vv.Unaugmented(),
    vv.Flip(),
    vv.Flip(0.2),
    vv.Shift(1),
    vv.Shift(3),
    vv.Erase(),
    vv.Erase(1, 0.9),
    vv.Jitter(),
    vv.Shift(2, fill=0),
    vv.Rotate(),
    vv.Rotate(180),
    vv.ResizedCrop(),
    vv.ResizedCrop(0.9),
    vv.RandAugment(),
    vv.RandAugment(3, 30),
    vv.TrivialAugment(),
    vv.Mixup(),
    vv.CutMix(),
    vv.AugmentationChain((vv.Flip(), vv.Mixup(0.5))),
    vv.AugmentationChain((vv.Flip(), vv.Shift(1), vv.Erase(0.8))),
]
AVERAGINGS = [vv.LastWeights(), vv.EMA(0.9), vv.EMA(0.99), vv.SWA(0.3), vv.SWA(0.5)]
SELECTIONS = [vv.LastEpoch(), vv.BestEpoch(0.25), vv.BestEpoch(0.5)]
TUNINGS = list(STRATEGIES.values())
INPUTS = [
    vv.Untouched(),
    vv.PixelPermutation(),
    vv.PixelPermutation(fixed=True),
    vv.GaussianNoise(0.2),
    vv.Grey(),
    vv.PatchShuffle(2),
    vv.PatchShuffle(3, fixed=True),
    vv.Blur(1.5),
    vv.LowPass(0.2),
    vv.HighPass(0.2),
    vv.Equalise(),
    vv.Clahe(2),
    vv.Clahe(3, limit=4.0),
    vv.Occlusion(0.3),
    vv.Resolution(4),
    vv.InputChain((vv.Grey(), vv.PixelPermutation(), vv.GaussianNoise(0.1))),
]
FACTORS = {
    "optimizer": OPTIMIZERS,
    "loss": LOSSES,
    "schedule": SCHEDULES,
    "training": TRAINING_SETS,
    "augmentation": AUGMENTATIONS,
    "tuning": TUNINGS,
    "input": INPUTS,
    "averaging": AVERAGINGS,
    "selection": SELECTIONS,
}
