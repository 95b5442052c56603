"""The page in a real browser: no error, nothing asked of the network, no overflow on a phone, accessible."""

import json
import re
import shutil

import pytest

import fabricated
from fabricated import fabricate
from small import with_long_arms
from visavis.report import write_report
from visavis.store import RunFolder

playwright = pytest.importorskip("playwright.sync_api", reason="playwright isn't installed")
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")
GRAVE = {"serious", "critical"}


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def address(finished):
    return write_report(finished.path).absolute().as_uri()


def opened(browser, address, *, width=1200, scheme="light", unfolded=True):
    """The page, and what went wrong with it."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    troubles = []
    page.on("console", lambda message: troubles.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: None if request.url in (address, "data:,") else troubles.append(request.url))
    page.goto(address)
    if unfolded:
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    return page, [one for one in troubles if not one.startswith("data:")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 800, 1400])
def test_it_fits_and_asks_for_nothing(browser, address, width, scheme):
    page, troubles = opened(browser, address, width=width, scheme=scheme)
    assert troubles == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser, address, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core isn't installed")
    page, _ = opened(browser, address, scheme=scheme)
    found = axe.Axe().run(page).response["violations"]
    grave = [(one["id"], [node["target"] for node in one["nodes"]]) for one in found if one["impact"] in GRAVE]
    assert grave == []
    page.close()


def test_the_first_screen_has_question_answer_and_figure(browser, address):
    page, _ = opened(browser, address, unfolded=False)
    for selector in ("h1", ".hero strong", ".hero .pill", "figure.wide svg"):
        box = page.locator(selector).first.bounding_box()
        assert box["y"] < 900, selector
    page.close()


def test_everything_that_scrolls_can_be_reached_by_keyboard(browser, address):
    page, _ = opened(browser, address, width=360)
    unreachable = page.evaluate(
        "[...document.querySelectorAll('*')].filter(one => one.scrollWidth > one.clientWidth + 1"
        " && ['auto', 'scroll'].includes(getComputedStyle(one).overflowX) && one.tabIndex < 0).length"
    )
    assert unreachable == 0
    page.close()


def test_it_prints_in_black_on_white(browser, address):
    page, _ = opened(browser, address, scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    ink = page.evaluate("getComputedStyle(document.body).color")
    assert re.findall(r"\d+", background)[:3] == ["255", "255", "255"]
    assert max(map(int, re.findall(r"\d+", ink)[:3])) < 100
    page.close()


OVERLAPS = """
() => [...document.querySelectorAll('svg')].flatMap(chart => {
  const texts = [...chart.querySelectorAll('text')];
  const boxes = texts.map(text => text.getBoundingClientRect());
  const outer = chart.getBoundingClientRect();
  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
  const pairs = boxes.flatMap((box, i) => boxes.slice(0, i).map((other, j) => [i, j])
    .filter(([i, j]) => meet(boxes[i], boxes[j])).map(([i, j]) => texts[i].textContent + ' | ' + texts[j].textContent));
  const out = texts.filter((text, i) => boxes[i].left < outer.left - 1 || boxes[i].right > outer.right + 1);
  return [...pairs, ...out.map(text => 'outside: ' + text.textContent)];
})
"""


@pytest.mark.parametrize("width", [390, 1280])
def test_six_arms_with_long_names_have_room(browser, finished, tmp_path, width):
    folder = with_long_arms(RunFolder(shutil.copytree(finished.path, tmp_path / "run")))
    page, _ = opened(browser, write_report(folder.path).absolute().as_uri(), width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(OVERLAPS) == []
    if width == 1280:
        wide = "[...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth + 1)"
        assert page.evaluate(f"{wide}.map(one => one.getAttribute('aria-label'))") == []
    page.close()


DESIGNS = ("pair", "ten", "doses", "log_doses", "crossing", "square", "named_grid", "number_grid", "cube",
           "eight_curves", "mixed")  # fmt: skip


@pytest.fixture(scope="module")
def designs(finished, tmp_path_factory):
    """The address of a page for each design."""
    root = tmp_path_factory.mktemp("designs")
    folders = {name: fabricate(finished, root / name, getattr(fabricated, name)()) for name in DESIGNS}
    return {name: write_report(folder.path).absolute().as_uri() for name, folder in folders.items()}


@pytest.mark.parametrize("name", DESIGNS)
@pytest.mark.parametrize("width", [390, 1280])
def test_every_design_has_room(browser, designs, name, width):
    page, troubles = opened(browser, designs[name], width=width)
    assert troubles == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(OVERLAPS) == []
    page.close()


@pytest.mark.parametrize("name", sorted({*DESIGNS} - {"eight_curves"}))  # thirty-two arms
def test_every_design_has_its_answer_on_the_first_screen(browser, designs, name):
    page, _ = opened(browser, designs[name], width=1280, unfolded=False)
    boxes = {selector: page.locator(selector).first.bounding_box() for selector in ("h1", ".hero .pill", "main figure")}
    assert boxes["h1"]["y"] < boxes[".hero .pill"]["y"] < boxes["main figure"]["y"]
    assert boxes[".hero .pill"]["y"] < 700
    assert boxes["main figure"]["y"] < 1100
    page.close()


@pytest.mark.parametrize(("name", "scheme"), [("crossing", "light"), ("number_grid", "dark")])
def test_axe_finds_nothing_serious_in_designs(browser, designs, name, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core isn't installed")
    page, _ = opened(browser, designs[name], scheme=scheme, unfolded=False)
    violations = axe.Axe().run(page).response["violations"]
    assert [violation["id"] for violation in violations if violation["impact"] in GRAVE] == []
    page.close()


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "=cmd()",
    "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe",
    "n" * 5000,
    "\x1b[31mred\r\n\x00",
    "{{ 7 * 7 }}",
    "&lt;b&gt;",
    "'\"><svg onload=alert(3)>",
    "$x_1$ \\end",
]


def test_names_of_strangers_are_text(browser, finished, tmp_path):
    """Class names, files left out and the question, in a folder that somebody else gives."""
    shutil.copytree(finished.path, tmp_path / "run")
    data = json.loads((tmp_path / "run/data.json").read_text())
    data["classes"] = HOSTILE
    data["left_out"] = [{"name": name, "reason": name} for name in HOSTILE]
    data["name"] = data["source"] = data["split_rule"] = HOSTILE[0]
    (tmp_path / "run/data.json").write_text(json.dumps(data))
    study = json.loads((tmp_path / "run/study.json").read_text())
    (tmp_path / "run/study.json").write_text(json.dumps({**study, "question": HOSTILE[1], "brands": HOSTILE}))
    address = write_report(tmp_path / "run").absolute().as_uri()
    page, troubles = opened(browser, address, width=360)
    assert troubles == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate("document.querySelectorAll('img[onerror], svg[onload], script').length") == 0
    assert "<img src=x onerror=alert(1)>" in page.inner_text("body")
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in page.content()
    page.close()
