import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from visavis.streams import root
from visavis.training.batches import epoch_order, steps


@given(st.integers(2, 500), st.integers(2, 70))
def test_steps_cover_an_epoch_once_and_none_has_a_single_image(count, batch_size):
    taken = [np.arange(count)[part] for part in steps(count, batch_size)]
    assert np.array_equal(np.concatenate(taken), np.arange(count))
    assert min(map(len, taken)) >= 2
    assert max(map(len, taken)) <= batch_size + 1
    assert all(len(part) == batch_size for part in taken[:-1])


def test_an_order_is_a_function_of_stream_and_epoch():
    orders = root(0).child("order")
    first = epoch_order(orders, 1, 50)
    assert np.array_equal(np.sort(first), np.arange(50))
    assert np.array_equal(first, epoch_order(orders, 1, 50))
    assert not np.array_equal(first, epoch_order(orders, 2, 50))
    assert not np.array_equal(first, epoch_order(root(1).child("order"), 1, 50))
