import numpy as np
import pytest

from visavis.stats.intervals import crossed_interval
from visavis.stats.significance import mcnemar, paired_t, signed_rank
from visavis.stats.units import ByImage, BySeed, Crossed

SEEDS, IMAGES = BySeed(np.arange(3.0)), ByImage(np.arange(5) % 2 == 0)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: paired_t(IMAGES), "the unit of replication is BySeed; got ByImage"),
        (lambda: signed_rank(IMAGES), "the unit of replication is BySeed; got ByImage"),
        (lambda: mcnemar(SEEDS, SEEDS), "the unit of replication is ByImage; got BySeed"),
        (lambda: crossed_interval(np.zeros((2, 3))), "the unit of replication is Crossed; got ndarray"),
        (lambda: BySeed(np.zeros((2, 3))), "numbers by seeds have 1 axes"),
        (lambda: Crossed(np.zeros(3)), "numbers by seeds and images have 2 axes"),
        (lambda: ByImage(np.zeros(0)), "none empty"),
    ],
)
def test_seeds_cannot_be_passed_where_images_belong(call, expected):
    with pytest.raises(TypeError, match=expected):
        call()


def test_a_crossed_table_gives_its_margins():
    table = Crossed(np.arange(6.0).reshape(2, 3))
    assert table.over_images().values.tolist() == [1.0, 4.0]
    assert table.of_seed(1).values.tolist() == [3.0, 4.0, 5.0]
    assert (table.seeds, table.images) == (2, 3)
