"""The verdict doesn't hang on the arithmetic."""

from pathlib import Path

import pytest

import visavis as vv
from visavis.design.file import load
from visavis.training.fast.precision import Precision


@pytest.mark.slow
def test_both_precisions_come_to_the_same_verdict(tmp_path: Path):
    study = load("spatial-locality").build(True, {})
    verdicts = {}
    for precision in Precision:
        vv.run_study(study, tmp_path / precision.name, vv.Options(precision=precision.name))
        verdicts[precision] = vv.compare(tmp_path / precision.name).headlines[0].verdict
    assert verdicts == dict.fromkeys(Precision, "worse")
