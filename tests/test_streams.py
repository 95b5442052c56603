import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from visavis.streams import Stream, derive, root

labels = st.lists(st.one_of(st.integers(), st.text(max_size=8)), max_size=4)


@given(labels, labels)
def test_different_paths_give_different_numbers(first, second):
    same = [(type(one), one) for one in first] == [(type(two), two) for two in second]
    assert (derive(*first) == derive(*second)) == same


@given(labels)
def test_a_number_fits_into_63_bits(path):
    assert 0 <= derive(*path) < 2**63


def test_a_number_is_the_same_on_every_machine():
    assert derive(0, "order", 1) == 6620159365536010521


def test_a_stream_starts_anew_each_time():
    stream = root(3).child("order")
    assert np.array_equal(stream.numpy().random(5), stream.numpy().random(5))
    assert torch.equal(torch.rand(5, generator=stream.torch()), torch.rand(5, generator=stream.torch()))


def test_children_are_independent_of_the_order_in_which_they_are_made():
    stream = root(0)
    first = stream.child("a").numpy().random()
    stream.child("b").numpy().random()
    assert stream.child("a").numpy().random() == first
    assert stream.child("a", "b") == stream.child("a").child("b") == Stream((0, "a", "b"))


def test_the_global_generator_is_put_back():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    with root(0).as_global():
        inside = torch.rand(3)
    assert torch.equal(before, torch.get_rng_state())
    with root(0).as_global():
        assert torch.equal(inside, torch.rand(3))
