"""What the command prints on terminals of any kind, and where there is none."""

import os
import pty
import re
import subprocess
import sys

import pytest

from visavis.cli.screen import line_starts


def visavis(*words, **environment):
    return subprocess.run(
        [sys.executable, "-m", "visavis", *map(str, words)],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )


def on_a_terminal(*words, **environment):
    """What a terminal is sent."""
    child, screen = pty.fork()
    if not child:
        os.environ.pop("NO_COLOR", None)
        os.environ.update({"TERM": "xterm-256color", **environment})
        os.execv(sys.executable, [sys.executable, "-m", "visavis", *map(str, words)])
    shown = b""
    while True:
        try:
            part = os.read(screen, 1 << 16)
        except OSError:  # the child has ended
            break
        if not part:
            break
        shown += part
    os.waitpid(child, 0)
    os.close(screen)
    return shown.decode().replace("\r\n", "\n")


ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize("form", [(), ("--csv",), ("--markdown",), ("--latex",)])
def test_what_a_terminal_cannot_encode_is_replaced(finished, encoding, form):
    done = visavis("compare", finished.path, *form, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode(encoding)
    assert "permuted" in text
    assert "?" not in text.replace("Does it run?", "")


def test_numbers_keep_their_sign_in_any_encoding(finished):
    texts = [visavis("compare", finished.path, PYTHONIOENCODING=encoding) for encoding in ("utf-8", "ascii")]
    utf, plain = (text.stdout.decode("utf-8") for text in texts)
    assert plain.count("-0.") + plain.count("-1") >= utf.count("−0.") + utf.count("−1")
    assert utf.count("−") > 0
    assert re.findall(r"\d+\.\d+", plain) == re.findall(r"\d+\.\d+", utf)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_errors_in_other_scripts_are_one_line_too(encoding):
    done = visavis("compare", "ψ−×", PYTHONIOENCODING=encoding, PYTHONUTF8="0", LC_ALL="C.UTF-8")
    assert done.returncode == 2
    assert done.stderr.decode(encoding).startswith("Error: ?")
    assert len(done.stderr.splitlines()) == 1


def test_a_terminal_shows_bold_and_colours_unless_it_is_asked_not_to(finished):
    assert "\x1b[1m" in on_a_terminal("compare", finished.path)
    assert "\x1b" not in on_a_terminal("compare", finished.path, NO_COLOR="1")


def test_lines_break_between_words_on_a_terminal_and_nowhere_else(tmp_path):
    missing = tmp_path / ("no" * 40)
    text = ESCAPES.sub("", on_a_terminal("compare", missing, COLUMNS="50"))
    lines = text.splitlines()
    assert len(lines) > 2
    assert str(missing) in lines  # whole, to be copied
    assert all(len(line) <= 50 for line in lines if line != str(missing))
    (line,) = visavis("compare", missing, COLUMNS="50").stderr.decode().splitlines()
    assert line == " ".join(lines)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 5, []),
        ("one two", 7, []),
        ("one two", 6, [4]),
        ("one two three", 3, [4, 8]),
        ("a longword b", 4, [2, 11]),
        ("一二 三四", 5, [3]),  # each takes two columns
    ],
)
def test_where_lines_begin(text, width, lines):
    assert line_starts(text, width) == lines


@pytest.mark.parametrize("words", [(), ("run",)])
def test_without_words_it_shows_its_help(command, words):
    done = command(*words)
    assert done.code == 2
    assert done.err.startswith("Usage: ")
    assert "Error" not in done.err


def test_the_version(command):
    done = command("--version")
    assert done.code == 0
    assert re.fullmatch(r"visavis \d+\.\d+\.\d+\S*\n", done.out)


@pytest.mark.parametrize("words", [(), ("compare",), ("run",), ("run", "spatial-locality")])
def test_a_short_word_for_help(command, words):
    assert command(*words, "-h").out == command(*words, "--help").out


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("run", "spatial-locality", "--device", ""), "--device"),
        (("run", "spatial-locality", "--out", ""), "--out"),
        (("run", "spatial-locality", "--out="), "--out"),
        (("run", "spatial-locality", "--executor", ""), "--executor"),
        (("run", ""), "an argument"),
        (("compare", ""), "an argument"),
        (("audit", "glyphs", "--out", ""), "--out"),
    ],
)
def test_an_unset_variable_of_the_shell_is_no_value(command, words, name):
    done = command(*words)
    assert done.code == 2
    assert done.err == f"Error: {name} can't be used; got ''; expected a value; is a variable of the shell unset?\n"
