"""Questions of one line on real images."""

from __future__ import annotations

from parts.results import basis, contrast, percent, points, result

PATCHES = (28, 14, 7, 4, 2, 1)
COUNTS = (20, 100, 400)


def patches() -> str:
    """Accuracy of four networks over the size of patches."""
    found = result("real-patch-shuffle")
    rows = [
        "| pixels of a patch | " + " | ".join(f"{size}" for size in PATCHES) + " | 1 \N{MINUS SIGN} 28 |",
        "| --- |" + " ---: |" * (len(PATCHES) + 1),
    ]
    for network in ("CNN", "MLP", "ViT", "mixer"):
        names = [f"{network}, patches of {size}" for size in PATCHES]
        names[0] = "CNN" if network == "CNN" else names[0]
        values = [f"{100 * found['arms'][name]['accuracy']['mean']:.1f} %" for name in names]
        whole = [found["arms"][name]["accuracy"]["by_seed"] for name in (names[-1], names[0])]
        by_seed = [100 * (whole[0][seed] - whole[1][seed]) for seed in whole[0]]
        span = f"{min(by_seed):+.1f} to {max(by_seed):+.1f} pp".replace("-", "\N{MINUS SIGN}")
        rows.append(f"| {network} | {' | '.join(values)} | {span} |")
    return "\n".join([*rows, "", basis(found), "The last column has the lowest and the highest seed."])


def counts() -> str:
    """Frozen and fine-tuned over the number of images of each class."""
    found = result("real-data-size")
    rows = [
        "| images of each class | frozen | fine-tuned | difference | verdict |",
        "| ---: | ---: | ---: | ---: | --- |",
    ]
    for number in COUNTS:
        frozen, tuned = (f"training {number}, {tuning}" for tuning in ("linear-probe", "full"))
        one = contrast(found, tuned, frozen)
        values = [percent(found["arms"][name]["accuracy"]) for name in (frozen, tuned)]
        rows.append(f"| {number} | {' | '.join(values)} | {points(one)} | {one['verdict']} |")
    return "\n".join([*rows, "", basis(found)])


def augmentations() -> str:
    """Accuracy under each augmentation against none."""
    found = result("real-augmentations")
    control, *treatments = found["arms"]
    rows = ["| augmentation | accuracy | against none | verdict |", "| --- | ---: | ---: | --- |"]
    rows.append(f"| none | {percent(found['arms'][control]['accuracy'])} | | |")
    for arm in treatments:
        one = contrast(found, arm, control)
        rows.append(f"| {arm} | {percent(found['arms'][arm]['accuracy'])} | {points(one)} | {one['verdict']} |")
    return "\n".join([*rows, "", basis(found)])
