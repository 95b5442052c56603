import inspect

from visavis import errors


def test_a_message_says_what_got_expected_and_do_in_one_line():
    problem = errors.VisavisError("seeds can't\nbe used", got=0, expected="1 or more", do="give --seeds 3")
    assert str(problem) == "seeds can't be used; got 0; expected 1 or more; give --seeds 3"


def test_the_tree_at_the_top_shows_every_error():
    drawn = inspect.getdoc(errors)
    for name, kind in vars(errors).items():
        if inspect.isclass(kind) and issubclass(kind, Exception):
            assert name in drawn


def test_every_error_is_a_visavis_error():
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
    assert len(kinds) > 5
    assert all(issubclass(kind, errors.VisavisError) for kind in kinds)
