"""What a result speaks for is said, and follows from how the training images were drawn."""

from dataclasses import replace

import visavis as vv
from small import small_study
from visavis.findings.claim import Claim


def claim_of(study, out):
    vv.run_study(study, out)
    return Claim(vv.compare(out))


def drawn_anew(study):
    arms = [study.control, *study.arms]
    control, *others = [arm.but(arm.name, training=vv.Bootstrap()) for arm in arms]
    return replace(study, control=control, arms=others)


def test_training_images_are_covered_where_every_arm_draws_them_anew(tmp_path):
    study = small_study(seeds=2, epochs=1)
    (plain,) = claim_of(study, tmp_path / "plain").sentences()
    assert "They don't cover other training images" in plain
    anew = claim_of(drawn_anew(study), tmp_path / "anew")
    assert "new training images" in anew.plain()["covers"]
    (said,) = anew.sentences()
    assert "other training images" not in said


def test_arms_of_one_seed_draw_the_same_images(tmp_path):
    vv.run_study(drawn_anew(small_study(seeds=2, epochs=1)), tmp_path)
    agreement = vv.compare(tmp_path).agreement("permuted", "plain")
    assert "training rows" in agreement.same
    assert "batch order" in agreement.same


def test_one_seed_speaks_for_these_networks_only(tmp_path):
    (said,) = claim_of(small_study(seeds=1, epochs=1), tmp_path).sentences()
    assert "these very networks" in said
