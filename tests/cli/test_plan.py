import shutil
from dataclasses import replace

import pytest
from msgspec import structs

import visavis as vv
from small import small_study
from visavis.report.tables import plan_table
from visavis.stats.planning import seeds_to_differ
from visavis.store import RunFolder


def test_a_plan_for_each_contrast(command, finished):
    done = command("plan", finished.path, "--detect", "5pp")
    assert done.code == 0
    for word in ("permuted", "seeds needed", "likely range", "Decide on the number of seeds once"):
        assert word in done.out
    assert "Seeds needed to find a difference of 5 pp of accuracy with a probability of 80 %" in done.out


def test_the_table_holds_what_planning_says(finished):
    found = vv.compare(finished.path)
    table = plan_table(found, 0.6, 0.8)
    assert [row[0] for row in table.rows] == [f"{one.treatment} − {one.control}" for one in found.headlines]
    parts = found.components(found.headlines[0])
    assert table.rows[0][5:] == (f"{100 * parts.of_seed**0.5:.2f} pp", f"{100 * parts.of_images**0.5:.2f} pp")
    assert table.rows[0][1] == str(seeds_to_differ(parts, 0.6, alpha=0.05 / len(found.headlines)).seeds)
    assert plan_table(found, 0.01, 0.8).rows[0][1:3] == ("more images", "more images")


def test_no_error_of_images_is_no_limit_of_zero(finished, monkeypatch):
    found = vv.compare(finished.path)
    parts = [replace(found.components(one), of_images=0.0) for one in found.headlines]
    monkeypatch.setattr(type(found), "components", lambda self, contrast: parts[found.headlines.index(contrast)])
    table = plan_table(found, 0.05, 0.8)
    assert {row[4] for row in table.rows} == {row[6] for row in table.rows} == {"none seen"}
    assert table.note.endswith("None seen: these runs show no error of images beyond that of seeds, and so no limit.")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--detect", "0.5"], "--detect isn't a difference of shares; got '0.5'; expected percentage points, such as"),
        (["--detect", "5%"], "--detect isn't a difference of shares"),
        (["--detect", "0pp"], "--detect isn't a difference of shares"),
        (["--detect", "1pp", "--power", "1.5"], "--power isn't a probability; got 1.5"),
    ],
)
def test_what_it_refuses(command, finished, words, said):
    done = command("plan", finished.path, *words)
    assert done.code == 2
    assert said in done.err


def test_a_plan_is_of_the_studys_own_metric(command, finished, tmp_path):
    folder = RunFolder(shutil.copytree(finished.path, tmp_path / "run"))
    folder.write(structs.replace(folder.study, headline="log_loss"))
    done = command("plan", folder.path, "--detect", "0.05")
    assert done.code == 0
    assert "Seeds needed to find a difference of 0.05 of log-loss with a probability of" in " ".join(done.out.split())
    assert " pp" not in done.out
    refused = command("plan", folder.path, "--detect", "1pp")
    assert "--detect isn't a difference of log-loss; got '1pp'; expected a number above 0" in refused.err


def test_one_seed_is_no_pilot(command, tmp_path):
    vv.run_study(small_study(seeds=1, epochs=1), tmp_path / "run")
    done = command("plan", tmp_path / "run", "--detect", "1pp")
    assert done.code == 2
    assert "tells nothing of the spread between seeds" in done.err
