"""Where the numbers come from: the arms' factors, the environment and the command, for the page."""

from __future__ import annotations

import re
import shlex
from typing import Any

import msgspec

from visavis.describe import OWN_CODE
from visavis.evidence import Comparison

DIGEST_LENGTH = 64
"""Letters of a SHA-256: a text of that length is taken for one."""


def environment(comparison: Comparison) -> dict[str, str]:
    """What the cells were trained on, how well the two precisions agreed there, and how long it took."""
    document = comparison.environment
    # The origin is the command, which stands by itself; the probes are told in words.
    hidden = {"origin", "probes"}
    plain = {name: str(value) for name, value in msgspec.structs.asdict(document).items() if name not in hidden}
    for arm, probe in document.probes.items():
        ratio = probe.fp32_seconds / probe.bf16_seconds
        plain[f"probe of {arm}"] = (
            f"bf16 {ratio:.1f} \N{MULTIPLICATION SIGN} as fast as fp32; largest error of a logit "
            f"{100 * probe.logit_error:.1f} % of the largest logit, "
            f"cosine of the gradients {probe.gradient_cosine:.3f}"
        )
    hours = sum(cell.seconds for cell in comparison.cells.values()) / 3600
    plain["time in cells"] = f"{hours:.2f} h" if hours >= 1 else f"{60 * hours:.1f} min"
    return plain


def command(comparison: Comparison) -> str:
    """The command that makes this study again."""
    words = map(_without_folders, comparison.environment.origin.command)
    return shlex.join(words) or "visavis.run_study(study, out)"


def _without_folders(word: str) -> str:
    """A word of a command; an absolute path says where things lie on somebody's machine, so its last name stays."""
    prefix, path = re.fullmatch(r"(torchvision:[^:]*:)?(.*)", word, re.DOTALL).groups(default="")  # type: ignore[union-attr]
    names = re.split(r"[/\\]", path.rstrip("/\\"))
    return f"{prefix}PATH/TO/{names[-1]}" if re.match(r"[/\\~]|[A-Za-z]:[/\\]", path) else word


def factors(comparison: Comparison) -> dict[str, dict[str, str]]:
    """Each arm's factors as short texts; what an arm has in common with the control is said once."""
    arms = comparison.study.arms
    base = arms[comparison.control]
    return {
        arm: {
            factor: f"as {comparison.control}" if arm != comparison.control and value == base[factor] else _short(value)
            for factor, value in arms[arm].items()
        }
        for arm in comparison.arms
    }


def weights(comparison: Comparison) -> list[str]:
    """Which pre-trained weights went into which arms; none where no arm has any."""
    arms_of: dict[tuple[str, str | None], list[str]] = {}
    for arm in comparison.arms:
        loaded = comparison.cells[arm, comparison.seeds[0]].loaded
        if loaded is not None:
            arms_of.setdefault((loaded.source, loaded.sha256), []).append(arm)
    return [
        f"{', '.join(arms)}: {source}{f' (SHA-256 {digest})' if digest else ''}."
        for (source, digest), arms in arms_of.items()
    ]


def parameters(comparison: Comparison, arm: str) -> dict[str, str]:
    """How much of an arm's network is trained, and how much of it is proved not to be."""
    cell = comparison.cells[arm, comparison.seeds[0]]
    trained, whole, frozen = cell.trained_parameters, cell.parameters, cell.frozen
    return {
        "trained": f"{trained:,} of {whole:,}" if trained != whole else f"{trained:,}",
        "frozen": f"{frozen.count} tensors, the same after training ({frozen.digest[:8]})"
        if frozen.count
        else "nothing",
    }


def _short(value: Any) -> str:
    """A described value in one line."""
    if isinstance(value, dict):
        fields = (f"{name}={_short(field)}" for name, field in value.items() if name not in {"type", OWN_CODE})
        return f"{value.get('type', '')}({', '.join(fields)})"
    if isinstance(value, list):
        return ", ".join(map(_short, value))
    text = str(value)
    return f"{text[:8]}\N{HORIZONTAL ELLIPSIS}" if len(text) == DIGEST_LENGTH else text
