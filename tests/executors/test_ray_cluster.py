"""Cells on a Ray cluster of several nodes, some of which are lost."""

import numpy as np
import pytest

from executors.test_contract import CELLS, end, logits, start, wait_for

pytestmark = pytest.mark.slow
ray = pytest.importorskip("ray")


@pytest.fixture
def cluster(monkeypatch):
    """A head that trains nothing, and two nodes of one core."""
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")  # Ray has read it here already
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    cluster.trainers = [cluster.add_node(num_cpus=1) for _ in range(2)]
    yield cluster
    ray.shutdown()
    cluster.shutdown()


@pytest.fixture
def expected(tmp_path_factory):
    """What one process makes of it."""
    folder = tmp_path_factory.mktemp("alone") / "run"
    assert end(start("one process", folder))[0] == 0
    return logits(folder)


def begin(cluster, folder):
    return start("ray", folder, "--address", cluster.address)


def require_same(folder, expected):
    found = logits(folder)
    assert all(np.array_equal(found[cell], expected[cell]) for cell in CELLS)


def test_a_node_that_is_lost_loses_nothing(cluster, expected, tmp_path):
    process = begin(cluster, tmp_path / "run")
    wait_for(process, tmp_path / "run", "EpochDone")
    cluster.remove_node(cluster.trainers[0], allow_graceful=False)
    code, _, err = end(process)
    assert code == 0, err
    require_same(tmp_path / "run", expected)


def test_a_driver_that_is_lost_is_started_again_on_the_cluster(cluster, expected, tmp_path):
    process = begin(cluster, tmp_path / "run")
    wait_for(process, tmp_path / "run", "EpochDone")
    process.kill()
    process.communicate(timeout=120)
    code, _, err = end(begin(cluster, tmp_path / "run"))
    assert code == 0, err
    require_same(tmp_path / "run", expected)


def test_a_head_that_is_lost_is_told_and_the_run_goes_on(cluster, expected, tmp_path):
    """Here, or on another cluster: what is finished stays."""
    process = begin(cluster, tmp_path / "run")
    wait_for(process, tmp_path / "run", "EpochDone")
    cluster.remove_node(cluster.head_node, allow_graceful=False)
    code, _, err = end(process)
    if code != 0:
        code, _, err = end(start("one process", tmp_path / "run"))
    assert code == 0, err
    require_same(tmp_path / "run", expected)
