"""Whatever a name of a study's code may be bound to counts, and what the code doesn't use doesn't."""

import textwrap

import pytest

from visavis.design.beside import load_beside
from visavis.own_code import own_code, texts_beside

MINE = """
class Mine:
    def apply(self, x):
        return {use}
"""
SCALED = "def scaled(x):\n    return x * 2\n\n\ndef unused(x):\n    return x - 1\n"
ZERO = "def scaled(x):\n    return 0\n"
BLUR = "class Blur:\n    def apply(self, x):\n        return x * 2\n\n\nblur = Blur()\n"
PACKAGE = {"pkg/__init__.py": "from .blur import blur\n", "pkg/blur.py": BLUR}

IMPORTS = {
    "relative module": ("from . import helpers", "helpers.scaled(x)", {}),
    "relative name": ("from .helpers import scaled", "scaled(x)", {}),
    "function's own import": (
        "from helpers import scaled\n\ndef plot():\n    from other import scaled\n    return scaled",
        "scaled(x)",
        {"other.py": ZERO},
    ),
    "function's own alias": (
        "import helpers as h\n\ndef plot():\n    import other as h\n    return h",
        "h.scaled(x)",
        {"other.py": ZERO},
    ),
    "try": (
        "try:\n    from helpers import scaled\nexcept ImportError:\n    from other import scaled",
        "scaled(x)",
        {"other.py": ZERO},
    ),
    "else": (
        "if False:\n    from other import scaled\nelse:\n    from helpers import scaled",
        "scaled(x)",
        {"other.py": ZERO},
    ),
    "wrapped name": (
        "from functools import lru_cache\nfrom helpers import scaled\nscaled = lru_cache(scaled)",
        "scaled(x)",
        {},
    ),
    "wrapping function": (
        "from helpers import scaled\n_f = scaled\n\ndef scaled(x):\n    return _f(x)",
        "scaled(x)",
        {},
    ),
    "fallback": ("scaled = None\ntry:\n    from helpers import scaled\nexcept ImportError:\n    pass", "scaled(x)", {}),
    "import over a function": (f"{ZERO}\nfrom helpers import scaled", "scaled(x)", {}),
    "star over a name": ("from other import scaled\nfrom helpers import *", "scaled(x)", {"other.py": ZERO}),
    "star over a function": (f"{ZERO}\nfrom helpers import *", "scaled(x)", {}),
    "module handed on": (
        "import other",
        "getattr(other, 'sca' + 'led')(x)",
        {"other.py": "from helpers import scaled\n"},
    ),
    "deep module under a package's name": (
        "import pkg",
        "pkg.deep.scaled(x)",
        {
            "pkg/__init__.py": "import pkg.deep.core as deep\n",
            "pkg/deep/__init__.py": "",
            "pkg/deep/core.py": "from helpers import scaled\n",
        },
    ),
    "modules in a circle": (
        "import a",
        "getattr(a, 'sca' + 'led')(x)",
        {"a.py": "from b import *\nfrom helpers import scaled\n", "b.py": "from a import *\n"},
    ),
}
GUARDS = {
    "not type checking": ("if not TYPE_CHECKING:\n    K = 2", True),
    "else of type checking": ("if TYPE_CHECKING:\n    pass\nelse:\n    K = 2", True),
    "not main": ("if __name__ != '__main__':\n    K = 2", True),
    "else of main": ("if __name__ == '__main__':\n    pass\nelse:\n    K = 2", True),
    "type checking": ("if TYPE_CHECKING:\n    K = 2\nelse:\n    K = 1", False),
    "typing's": ("K = 1\nif typing.TYPE_CHECKING:\n    K = 2", False),
    "main": ("K = 1\nif __name__ == '__main__':\n    K = 2", False),
}


@pytest.fixture
def digests(tmp_path):
    """Writes files, loads the study's anew, and gives what its class does and its digests."""

    def written(head, use, files):
        for name, text in {"mine.py": head + "\n\n" + MINE.format(use=use), **files}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(textwrap.dedent(text))
        kind = load_beside(tmp_path / "mine.py").Mine
        return kind().apply(3), own_code(kind)

    return written


@pytest.mark.parametrize("case", IMPORTS)
def test_all_that_a_name_may_be_bound_to_counts(digests, tmp_path, case):
    head, use, files = IMPORTS[case]
    files = {**files, "helpers.py": SCALED}
    before = digests(head, use, files)
    after = digests(head, use, {**files, "helpers.py": SCALED.replace("x * 2", "x * 5")})
    assert (before[0], after[0]) == (6, 15)
    assert before[1] != after[1]
    assert set(texts_beside(tmp_path / "mine.py")) == set(files)


@pytest.mark.parametrize("case", [case for case in IMPORTS if case not in ("module handed on", "modules in a circle")])
def test_a_function_that_is_not_used_does_not_count(digests, case):
    head, use, files = IMPORTS[case]
    before = digests(head, use, {**files, "helpers.py": SCALED})
    assert digests(head, use, {**files, "helpers.py": SCALED.replace("x - 1", "x - 2")}) == before


@pytest.mark.parametrize("file", ["fast.py", "helpers.py"])
def test_each_of_two_modules_that_may_have_a_name_counts_and_is_kept(digests, tmp_path, file):
    head = "try:\n    from fast import scaled\nexcept ImportError:\n    from helpers import scaled"
    files = {"fast.py": SCALED, "helpers.py": SCALED}
    before = digests(head, "scaled(x)", files)
    after = digests(head, "scaled(x)", {**files, file: SCALED.replace("x * 2", "x * 5")})
    assert set(before[1]) == {"the study's file", "fast.py", "helpers.py"}
    assert before[1] != after[1]
    assert set(texts_beside(tmp_path / "mine.py")) == set(files)


@pytest.mark.parametrize(
    ("head", "use"),
    [
        ("from pkg import blur", "blur.apply(x)"),
        ("import pkg", "pkg.blur.apply(x)"),
        ("import pkg.blur", "pkg.blur.apply(x)"),
        ("import pkg.blur as soft", "soft.apply(x)"),
        ("from pkg.blur import blur", "blur.apply(x)"),
    ],
)
def test_an_object_of_a_submodules_name_counts(digests, head, use):
    before = digests(head, use, PACKAGE)
    after = digests(head, use, {**PACKAGE, "pkg/blur.py": BLUR.replace("x * 2", "x * 5")})
    assert (before[0], after[0]) == (6, 15)
    assert before[1] != after[1]


def test_a_submodule_of_an_objects_name_counts(digests):
    files = {"pkg/__init__.py": "blur = None\n", "pkg/blur.py": SCALED}
    before = digests("import pkg.blur", "pkg.blur.scaled(x)", files)
    after = digests("import pkg.blur", "pkg.blur.scaled(x)", {**files, "pkg/blur.py": SCALED.replace("x * 2", "x * 5")})
    assert (before[0], after[0]) == (6, 15)
    assert before[1] != after[1]
    unused = {**files, "pkg/blur.py": SCALED.replace("x - 1", "x - 2")}
    assert digests("import pkg.blur", "pkg.blur.scaled(x)", unused) == before


@pytest.mark.parametrize("case", GUARDS)
def test_what_importing_executes_counts_and_nothing_below_its_guards(digests, case):
    guard, counts = GUARDS[case]
    text = f"import typing\nfrom typing import TYPE_CHECKING\n{guard}\n\n\ndef scaled(x):\n    return x * K\n"
    before = digests("from helpers import scaled", "scaled(x)", {"helpers.py": text})
    after = digests("from helpers import scaled", "scaled(x)", {"helpers.py": text.replace("K = 2", "K = 5")})
    assert (before[0] != after[0]) == counts
    assert (before[1] != after[1]) == counts
