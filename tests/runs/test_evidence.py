"""From running to evidence: A/A arms, seeds added after looking, twins, the audit of a run."""

import json
from dataclasses import dataclass, replace
from shutil import copytree, ignore_patterns

import numpy as np
import pytest
from msgspec import structs

import visavis as vv
from small import small_study
from visavis.data import ImageData
from visavis.findings import warnings_of
from visavis.findings.false_alarms import AgainstItself
from visavis.findings.grounds import grounds
from visavis.findings.looks import SeveralLooks
from visavis.findings.twins import Twins
from visavis.report import write_report
from visavis.stats import error_rate_of_looks
from visavis.stats.metrics import LOG_LOSS

TWINS = 8


@dataclass(frozen=True)
class GlyphsWithTwins:
    """The first training images of a class are test images of that class."""

    def load(self) -> ImageData:
        data = vv.datasets.Glyphs(train_size=120, test_size=50).load()
        images = data.train.images.copy()
        for row in range(TWINS):
            same = np.flatnonzero(data.train.labels == data.test.labels[row])[row]
            images[same] = data.test.images[row]
        return replace(data, train=replace(data.train, images=images))


@pytest.fixture(scope="module")
def with_aa(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "aa"
    vv.run_study(replace(small_study(seeds=3), aa=True), out)
    return vv.compare(out)


def test_the_aa_arm_is_the_control_under_other_streams(with_aa):
    assert with_aa.again == "A/A"
    for seed in with_aa.seeds:
        one, two = (with_aa.cells[arm, seed] for arm in ("plain", "A/A"))
        assert one.factors == two.factors
        assert one.initial_weights != two.initial_weights
        assert one.fingerprints["batch order"] != two.fingerprints["batch order"]
        assert one.fingerprints["train labels"] == two.fingerprints["train labels"]


def test_the_aa_arm_is_no_treatment(with_aa):
    assert [(one.treatment, one.control) for one in with_aa.headlines] == [("permuted", "plain")]
    assert not any("A/A" in warning for warning in warnings_of(with_aa))
    found = with_aa.false_alarms
    assert (found.contrast.treatment, found.contrast.control, found.contrast.factors) == ("A/A", "plain", ())
    assert (found.comparisons, found.pairs) == (60, 15)
    assert "false alarms" in write_report(with_aa.folder.path).read_text().lower()


def test_false_alarms_are_of_the_headline(with_aa):
    other = replace(with_aa, study=structs.replace(with_aa.study, headline="log_loss"))
    assert other.false_alarms.contrast.metric == LOG_LOSS
    assert other.false_alarms.single_alarms == with_aa.false_alarms.single_alarms  # which counts right and wrong
    assert "of log-loss (95 % interval" in AgainstItself(other).sentences()[0]


def test_an_aa_arm_is_trained_with_the_streams_of_its_model(with_aa):
    """A reloaded model gives the saved logits, also where the streams are not the seed's own."""
    images = vv.datasets.Glyphs(train_size=120, test_size=50).load().test.images
    model = vv.load(with_aa.folder.path, "A/A", 1)
    assert np.array_equal(model.logits(images), with_aa.predictions["A/A", 1].logits)


def test_a_study_without_it_has_no_false_alarms_to_show(finished):
    found = vv.compare(finished.path)
    assert found.again is None
    assert found.false_alarms is None
    assert "False alarms" not in write_report(finished.path).read_text()


def test_the_command_adds_the_arm(command, tmp_path):
    few = ("--quick", "--seeds", 2, "--limit", 40, "--epochs", 1)
    done = command("run", "spatial-locality", *few, "--aa", "--out", tmp_path / "run")
    assert done.code == 0
    assert "A/A is standard once more" in done.out
    assert json.loads((tmp_path / "run" / "environment.json").read_text())["origin"]["command"][-1] == "--aa"


def test_seeds_added_after_looking_are_marked(tmp_path):
    out = tmp_path / "run"
    for seeds in (2, 3, 5):
        vv.run_study(small_study(seeds=seeds, epochs=1), out)
    found = vv.compare(out)
    assert found.looks.seeds == (2, 3, 5)
    assert 0.05 < found.looks.error_rate < 0.15
    (warning,) = SeveralLooks(found).warnings()
    assert warning in warnings_of(found)
    assert "at 2, 3 and 5 seeds" in warning
    assert "at 2, 3 and 5 seeds" in write_report(out).read_text()


def test_seeds_that_were_planned_are_not(tmp_path):
    """Neither going on with a run, nor more seeds before any is finished, is a look."""
    out = tmp_path / "run"
    vv.run_study(small_study(seeds=3, epochs=1), out)
    vv.run_study(small_study(seeds=3, epochs=1), out)
    for path in out.glob("cells/*/*/predictions/own.npz"):
        path.unlink()
    vv.run_study(small_study(seeds=4, epochs=1), out)
    assert vv.compare(out).looks is None


def test_reading_the_results_while_seeds_are_missing_is_a_look(tmp_path):
    out = tmp_path / "run"
    vv.run_study(small_study(seeds=4, epochs=1), out)
    kept = out.rename(tmp_path / "kept")
    for seeds in (2, 2, 3, 4, 4):
        copytree(kept, out, dirs_exist_ok=True, ignore=ignore_patterns("looks.jsonl"))
        for arm in ("plain", "permuted"):
            for seed in range(seeds, 4):
                (out / f"cells/{arm}/seed-{seed}/predictions/own.npz").unlink()
        found = vv.compare(out)
    assert found.looks.seeds == (2, 3, 4)
    assert found.looks.error_rate == pytest.approx(error_rate_of_looks((2, 3, 4)))


def test_a_folder_that_cant_be_written_is_read_all_the_same(tmp_path):
    vv.run_study(small_study(seeds=2, epochs=1), tmp_path)
    (tmp_path / "looks.jsonl").unlink(missing_ok=True)
    (tmp_path / "looks.jsonl").mkdir()
    assert vv.compare(tmp_path).looks is None


def test_results_without_twins(tmp_path):
    out = tmp_path / "run"
    vv.run_study(replace(small_study(seeds=2, epochs=1), data=GlyphsWithTwins()), out)
    found = vv.compare(out)
    assert found.audit.identical.test_images == TWINS
    rest = found.without_twins
    assert rest.images == found.images - TWINS
    assert not set(rest.ids.tolist()) & set(found.ids[:TWINS].tolist())
    kept = found.outputs.hits("plain")[:, TWINS:]
    assert rest.measured["plain"]["accuracy"].interval.value == pytest.approx(kept.mean(), abs=1e-12)
    assert sum(rest.supports) == rest.images
    assert rest.without_twins is None
    text = " ".join(grounds(found, found.headlines[0]))
    assert f"{TWINS} test images of 50 have an identical twin" in text
    other = replace(found, study=structs.replace(found.study, headline="log_loss"))
    (table,) = Twins(other).tables()
    assert table.columns[0] == "log-loss"
    assert {row["metric"] for row in Twins(other).plain()["without_twins"]["contrasts"]} == {"log_loss"}
    (table,) = Twins(found).tables()
    assert table.columns[-1] == "42 without a twin"
    assert "With and without twins" in write_report(out).read_text()


def test_a_set_without_twins_has_no_such_table(finished):
    found = vv.compare(finished.path)
    assert found.audit.identical.groups == 0
    assert found.without_twins is None
    assert Twins(found).tables() == ()
