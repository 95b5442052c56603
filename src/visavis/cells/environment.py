"""What the cells were made on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

import numpy
import torch

from visavis.describe import Plain


def describe_environment(device: torch.device) -> dict[str, Plain]:
    """Versions and hardware, as plain data."""
    return {
        "visavis": version("visavis"),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torchvision": version("torchvision"),
        "numpy": numpy.__version__,
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": _device_name(device),
    }


def short_environment(device: torch.device) -> str:
    """What has to be the same for two cells to be comparable to the last bit, as one text."""
    return (
        f"visavis {version('visavis')}, torch {torch.__version__}, torchvision {version('torchvision')}, "
        f"{_processor()}, {torch.get_num_threads()} threads, {_device_name(device)}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
