"""What the two studies and the measurements of speed came to, in a sentence each."""

from __future__ import annotations

from statistics import median

from parts.calibration import false_alarms_finding
from parts.results import contrast, points, result


def answers() -> str:
    """A list of four."""
    return "\n".join(f"- {text}" for text in (letters(), emotions(), f"**Chance.** {false_alarms_finding()}", speed()))


def letters() -> str:
    """The claim of the study of letters."""
    found = result("spatial-locality")
    whole, permuted = (100 * found["arms"][arm]["accuracy"]["mean"] for arm in ("standard", "permuted"))
    one = contrast(found, "permuted", "standard")
    readings = result("letter-readings")
    sizes = [contrast(readings, f"{name} permuted", name) for name in ("as-written", "unpadded")]
    texts = [f"{100 * size['difference']:+.1f}".replace("-", "\N{MINUS SIGN}") for size in sizes]
    return (
        f"**Letters.** A CNN reads {whole:.1f} % of NotMNIST's letters, and {permuted:.1f} % with their pixels "
        f"permuted: {points(one)}, {len(found['seeds'])} seeds, {one['verdict']}. How much hangs on how the network's "
        f"description is read: {texts[0]} points in one reading, {texts[1]} in another. "
        "[The whole account](docs/explanation/letters.md)."
    )


def emotions() -> str:
    """The claim of the study of emotions."""
    found = result("emotions-full")
    one = contrast(found, "fine-tuned", "pre-trained")
    rates = result("emotions-rates")["arms"]
    gain = 100 * (rates["fine-tuned-x10"]["accuracy"]["mean"] - rates["pre-trained"]["accuracy"]["mean"])
    return (
        f"**Emotions.** On FER2013, fine-tuning ResNet18 gains {points(one)} of accuracy over its frozen features at "
        f"the published learning rates, {len(found['seeds'])} seeds, {one['verdict']}; published: +17.2. At ten times "
        f"these rates it gains {gain:+.1f} (one seed). [The whole account](docs/explanation/emotions.md)."
    )


def speed() -> str:
    """Beside a plain script and other libraries."""
    script = result("letters")["median ratio"]
    ratios = [
        way["times as long"]["median"]
        for work in result("peers")["works"]
        for way in work["ways"]
        if way["way"] != "visavis"
    ]
    return (
        f"**Speed.** A plain PyTorch script takes {script:.1f} times as long for the letters on a processor with "
        f"bfloat16; without, six other ways take {min(ratios):.2f} to {max(ratios):.2f} times as long for the same "
        f"work (median {median(ratios):.2f}). [How, and what was measured](docs/performance.md)."
    )
