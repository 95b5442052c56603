"""What of a study's code counts: what its parts can reach, and nothing else."""

import sys

import pytest
from msgspec.structs import replace as change

from small import small_study
from visavis.design.arm import PARTS
from visavis.design.file import load
from visavis.runs.admission import changed_code, code_text, require_same_study
from visavis.store import StudyDocument

FILES = {
    "mine.py": '''"""Is it harder?"""

from dataclasses import dataclass

import helpers
import visavis as vv
from rooms.deep import shift

SEEDS = 2
FACTOR = 3
QUICK = {"seeds": 1}


def doubled(images):
    return images * 2


@dataclass(frozen=True)
class Odd:
    """Ours."""

    def draw(self, shape, stream):
        """Draws nothing."""
        from lazy import late

        # a remark
        return vv.Transform(apply=lambda images: late(helpers.scaled(doubled(images)) // FACTOR))


@dataclass(frozen=True)
class Shifted:
    def draw(self, shape, stream):
        return vv.Transform(apply=shift)


def others(plain):
    return [plain.but("odd", input=Odd()), plain.but("shifted", input=Shifted())]


def study(seeds: int = SEEDS) -> vv.Study:
    mlp, sgd = vv.models.MLP(hidden=(8,)), vv.SGD(lr=0.05, momentum=0.9)
    plain = vv.Arm("plain", model=mlp, optimizer=sgd, epochs=1, batch_size=32, loss=vv.NLL())
    return vv.Study(
        name="mine",
        question="Is it harder?",
        data=vv.datasets.Glyphs(train_size=100, test_size=40),
        control=plain,
        arms=others(plain),
        seeds=range(seeds),
    )
''',
    "helpers.py": """import patches

LIMIT = 200


def scaled(images):
    return images.clip(0, LIMIT)


def unused(images):
    return images
""",
    "lazy.py": "from rooms import TABLE\n\n\ndef late(images):\n    return TABLE['late'](images)\n",
    "patches.py": "NOTES = {}\nNOTES['a'] = 1\n",
    "rooms/__init__.py": (
        "TABLE = {}\n\n\ndef register(function):\n    TABLE[function.__name__] = function\n    return function\n\n\n"
        "@register\ndef late(images):\n    return images\n"
    ),
    "rooms/deep.py": "from . import TABLE\nfrom .deeper import *\n\n\ndef shift(images):\n    return rolled(images)\n",
    "rooms/deeper.py": "def rolled(images):\n    return images[..., ::-1].copy()\n",
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "rooms").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def described(folder, name="mine.py"):
    return StudyDocument.of(load(str(folder / name)).build(False, {}))


def edited(folder, file, old, new):
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))
    return described(folder)


@pytest.mark.parametrize(
    ("file", "old", "new", "arms", "said"),
    [
        ("mine.py", "images * 2", "images * 4", {"odd"}, "the study's file (doubled)"),
        ("mine.py", "FACTOR = 3", "FACTOR = 5", {"odd"}, "the study's file (FACTOR)"),
        ("mine.py", "(apply=shift)", "(apply=abs)", {"shifted"}, "the study's file (Shifted)"),
        ("helpers.py", "clip(0,", "clip(1,", {"odd"}, "helpers.py (scaled)"),
        ("helpers.py", "LIMIT = 200", "LIMIT = 100", {"odd"}, "helpers.py (LIMIT)"),
        ("lazy.py", "['late'](images)", "['late'](images + 1)", {"odd"}, "lazy.py (late)"),
        ("patches.py", "['a'] = 1", "['a'] = 2", {"odd", "shifted"}, "patches.py (its statements)"),
        (
            "rooms/__init__.py",
            "    return images\n",
            "    return -images\n",
            {"odd", "shifted"},
            "rooms/__init__.py (late)",
        ),
        ("rooms/deep.py", "rolled(images)", "rolled(images + 1)", {"shifted"}, "rooms/deep.py (shift)"),
        ("rooms/deeper.py", "::-1]", "::-1, :]", {"shifted"}, "rooms/deeper.py (rolled)"),
    ],
)
def test_what_a_part_can_reach_counts_for_its_arms(folder, file, old, new, arms, said):
    before = described(folder)
    changed = changed_code(before, edited(folder, file, old, new))
    assert set(changed) == arms
    assert said in code_text(changed)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("mine.py", "# a remark", "# another\n"),
        ("mine.py", '"""Ours."""', '"""Yours."""'),
        ("mine.py", "SEEDS = 2", "SEEDS = 5"),
        ("mine.py", '{"seeds": 1}', '{"seeds": 2}'),
        ("mine.py", "Shifted())]", 'Shifted()), plain.but("permuted", input=vv.PixelPermutation())]'),
        ("mine.py", "def others", "class New:\n    pass\n\n\ndef others"),
        ("mine.py", "import helpers\n", "import json\n\nimport helpers\n"),
        ("helpers.py", "def unused(images):\n    return images", "def unused(images):\n    return 0"),
        ("helpers.py", "def scaled", '"""About."""\n\n\ndef scaled'),
    ],
)
def test_what_cannot_change_a_result_does_not_count(folder, tmp_path, file, old, new):
    before = described(folder)
    after = edited(folder, file, old, new)
    assert changed_code(before, after) == {}
    require_same_study(tmp_path, before, after)


PARTS_FILE = '''"""A part of one's own in one arm, of each kind."""

from dataclasses import dataclass, field

import visavis as vv
from formulas import rate


@dataclass(frozen=True)
class Own:
    usual: object
    lr: float = 0.05
    renews_statistics = False

    def draw(self, *given):
        rate()
        return self.usual.draw(*given)

    def build(self, *given):
        rate()
        return self.usual.build(*given)

    def plan(self, network, stream):
        return self.usual.plan(network, stream) if rate() else None

    def criterion(self, counts):
        return self.usual.criterion(counts) if rate() else None

    def share(self, *given):
        return rate()

    def parts(self):
        return self.usual.parts() if rate() else None


def study(factor: str = "loss") -> vv.Study:
    mlp, sgd = vv.models.MLP(hidden=(8,)), vv.SGD(lr=0.05)
    plain = vv.Arm("plain", model=mlp, optimizer=sgd, epochs=1)
    own = plain.but("own", **{factor: Own(getattr(plain, factor))})
    data = vv.datasets.Glyphs(train_size=100, test_size=40)
    return vv.Study("parts", "Which?", data, plain, [own, plain.but("wide", model=vv.models.MLP(hidden=(9,)))], seeds=1)
'''


@pytest.mark.parametrize("factor", PARTS)
def test_code_of_ones_own_in_any_factor_is_followed_in_its_arm_alone(tmp_path, factor):
    def document():
        return StudyDocument.of(load(str(tmp_path / "parts.py")).build(False, {"factor": factor}))

    (tmp_path / "parts.py").write_text(PARTS_FILE)
    (tmp_path / "formulas.py").write_text("def rate():\n    return 1.0\n")
    before = document()
    (tmp_path / "formulas.py").write_text("def rate():\n    return 0.5\n")
    changed = changed_code(before, document())
    assert set(changed) == {"own"}
    assert code_text(changed) == "formulas.py (rate)"


def test_the_name_of_the_file_does_not_count(folder):
    before = described(folder)
    (folder / "mine.py").rename(folder / "yours.py")
    assert changed_code(before, described(folder, "yours.py")) == {}


def test_two_studies_have_each_a_helper_of_the_same_name_and_nothing_is_left(folder, tmp_path):
    other = tmp_path / "other"
    (other / "rooms").mkdir(parents=True)
    for name, text in FILES.items():
        (other / name).write_text(text.replace("LIMIT = 200", "LIMIT = 7"))
    path, modules = list(sys.path), set(sys.modules)
    first, second = (load(str(place / "mine.py")).build(False, {}) for place in (folder, other))
    limits = [sys.modules[type(one.arms[0].input).__module__].helpers.LIMIT for one in (first, second)]
    assert limits == [200, 7]
    assert sys.path == path
    assert all(name.startswith("visavis_study_") for name in set(sys.modules) - modules)


def test_a_module_beside_comes_before_an_installed_one_for_the_study_alone(folder):
    (folder / "colorsys.py").write_text("def late(images):\n    return images\n")
    edited(folder, "lazy.py", "from rooms import TABLE\n", "from colorsys import late as TABLE\n")
    study = load(str(folder / "mine.py")).build(False, {})
    assert "colorsys.py" in StudyDocument.of(study).arms["odd"]["input"]["own code"]
    import colorsys

    assert hasattr(colorsys, "rgb_to_hls")


def test_the_texts_beside_are_known_wherever_they_are_imported(folder):
    assert load(str(folder / "mine.py")).beside == {name: text for name, text in FILES.items() if name != "mine.py"}


def test_a_class_within_study_counts_with_what_it_uses(folder):
    text = (folder / "mine.py").read_text()
    local = (
        "class Local(Odd):\n        def draw(self, shape, stream):\n            return vv.Transform(apply=doubled)\n\n"
    )
    text = text.replace("    plain = vv.Arm", f"    {local}    plain = vv.Arm").replace(
        "arms=others(plain)", 'arms=[plain.but("local", input=Local())]'
    )
    (folder / "mine.py").write_text(text)
    before = described(folder)
    assert set(changed_code(before, edited(folder, "mine.py", "images * 2", "images * 4"))) == {"local"}
    assert set(changed_code(before, edited(folder, "mine.py", "apply=doubled", "apply=abs"))) == {"local"}


def test_modules_that_import_each_other_in_circles(folder):
    names = [f"circle{number}" for number in range(12)]
    stars = "".join(f"from {name} import *\n" for name in names)
    for name in names:
        (folder / f"{name}.py").write_text(f"def made_by_{name}():\n    return len('')\n\n\n{stars}")
    (folder / "lazy.py").write_text(
        "from circle0 import *\n\n\ndef late(images):\n    return images, made_by_circle11\n"
    )
    before = described(folder)
    assert set(changed_code(before, edited(folder, "circle11.py", "len('')", "len('a')"))) == {"odd"}


def code(digest):
    return {"type": "Own", "own code": {"helpers.py": {"scaled": digest}}}


@pytest.mark.parametrize("factor", PARTS)
def test_code_of_any_factor_is_its_arms_and_code_of_the_data_is_none(tmp_path, factor):
    def study(data, part):
        document = StudyDocument.of(small_study())
        arms = {**document.arms, "permuted": {**document.arms["permuted"], factor: code(part)}}
        return change(document, data=code(data), arms=arms)

    old = study("a", "b")
    assert changed_code(old, study("c", "b")) == {}
    require_same_study(tmp_path, old, study("c", "b"))
    assert set(changed_code(old, study("a", "c"))) == {"permuted"}
