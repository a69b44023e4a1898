"""What goes into the resumed session's input box."""

from __future__ import annotations

import pytest

from claude_fallback.run.terminal.draft import carried, has_landed, keys_for
from claude_fallback.run.terminal.typed import Typed, TypedSoFar


def typed(data: bytes) -> TypedSoFar:
    typing = Typed()
    typing.input(data, 0.0)
    typing.is_typing(1.0, 0.5)
    return typing.so_far()


@pytest.mark.parametrize(
    ("keys", "submitted", "draft", "sure"),
    [
        (b"hello\rand more", ("hello",), "and more", True),
        (b"one\\\rtwo\nthree", (), "one\ntwo\nthree", True),
        (b"helo\x1b[Dl", (), "hello", True),
        (b"hex\x7fllo", (), "hello", True),
        (b"gone\x03kept", (), "gonekept", False),
        (b"kept\x1a\x1b[Z", (), "kept", True),
        (b"a\x1b[200~b\rc\x1b[201~d", (), "ab\ncd", True),
        (b"\x1b[<35;1;1Ma\x1b[I", (), "a", True),
        (b"\r\r", (), "", True),
        (b"a\x1b[A", (), "a", False),
        (b"a\x1bb", (), "a", False),
        (b"a\x15", (), "a", False),
        (b"a\x1b", (), "a", False),
    ],
)
def test_typed(keys: bytes, submitted: tuple[str, ...], draft: str, sure: bool) -> None:
    """Text, pastes, line breaks and plain edits are followed; with any other key only the screen is sure."""
    so_far = typed(keys)
    assert (so_far.submitted, so_far.draft, so_far.sure) == (submitted, draft, sure)


@pytest.mark.parametrize(
    ("accepted", "keys", "on_screen", "text"),
    [
        ((), b"", "", ""),
        (("go",), b"go\r", "", ""),
        (("go",), b"go\rthen this\rand a draft", "and a draft", "then this\nand a draft"),
        (("go", "then this"), b"go\rthen this\rand a draft", "and a draft", "and a draft"),
        (("go",), b"go\rgo\r", "", "go"),
        (("go\nthis\nand that",), b"go\rthis\rand that\r", "", ""),
        (("go", "last"), b"go\rchanged by a hook\rlast\r", "", ""),
        (("see @src/app.py",), b"see @app\r", "", ""),
        (("resume prompt",), b"queued\r", "", "queued"),
        (("go",), b"go\rqueued\rdraft", "go\nqueued\ndraft", "go\nqueued\ndraft"),
        (("go", "<bash-input>ls</bash-input>"), b"go\r!ls\r", "", ""),
        (("go",), b"go\r/model\r", "", ""),
        (("go",), b"go\r/model opus\r", "", ""),
        (("go",), b"go\r/tmp/x.py explain\r", "", "/tmp/x.py explain"),
        (("[Image #1] why?",), b"\x1b[200~/tmp/a.png\x1b[201~ why?\r", "", ""),
        (("go",), b"go\r\x1b[200~/tmp/a.png\x1b[201~ why?\r", "", "/tmp/a.png why?"),
        (("go",), b"go\ra  b c", "a b c", "a  b c"),
        (("go",), b"go\rold\x15", "new", "new"),
        (("go",), b"go\rold\x15", "", ""),
        (("go",), b"go\rold", "", "old"),
        (("go",), b"go\rold", None, "old"),
        (("go",), b"go\r\x1b[200~x\ny\nz\x1b[201~!", "[Pasted text #1 +2 lines]!", "x\ny\nz!"),
        (("go",), b"go\r\x1b[200~x\ny\nz\x1b[201~\x15", "see [Pasted text #1 +2 lines]", "see x\ny\nz"),
        (("go",), b"go\r", "[Pasted text #1 +2 lines]", "[Pasted text #1 +2 lines]"),
        (("go",), b"go\r\x1b[200~/tmp/a b.png\x1b[201~ why?", "[Image #1] why?", "/tmp/a b.png why?"),
        (("go",), b"go\r\x1b[200~/x.PNG\x1b[201~\x1b[200~one\x1b[201~\x15", "see [Image #2]", "see /x.PNG"),
        (("go",), b"go\r\x16", "[Image #1]", "[Image #1]"),
    ],
)
def test_carried(accepted: tuple[str, ...], keys: bytes, on_screen: str | None, text: str) -> None:
    """Submitted but never accepted messages, then the draft: exact where typed, else as the screen has it."""
    assert carried(accepted, typed(keys), on_screen) == text


@pytest.mark.parametrize(
    ("text", "on_screen", "landed"),
    [
        ("a\tb\n\nc", "a    b\n\nc", True),
        ("e\u0301 ⚠\ufe0f", "é ⚠", True),
        ("1\n2\n3\n4", "[Pasted text #1 +3 lines]", True),
        ("/tmp/shot.png", "[Image #1]", True),
        ("1\n2\n3\n4", "1\n2", False),
        ("text", "", False),
        ("text", None, False),
    ],
)
def test_landed(text: str, on_screen: str | None, landed: bool) -> None:
    """Seen in the box as claude shows it: tabs as spaces, long ones under a name."""
    assert has_landed(text, on_screen) is landed


def test_a_large_paste() -> None:
    """A session is moved while its user waits: minified code without a space (minutes, once), three pastes
    that the box shows by name (for ever), many lines."""
    minified, log = "a.b;" * 250_000, "\n".join(f"line {number}" for number in range(20_000))
    assert carried((f"why? {minified}",), TypedSoFar((f"why? {minified}", "next")), "") == "next"
    pasted = " ".join(f"[Pasted text #{number} +1 lines]" for number in (1, 2, 3))
    assert not has_landed(minified + " compare them", f"{pasted} compare these")
    assert has_landed(minified + " compare them", f"{pasted} compare them")
    assert carried((log, log), TypedSoFar((f"{log}\nand why?",)), "") == f"{log}\nand why?"


@pytest.mark.parametrize(
    ("text", "pastes", "keys"),
    [
        ("", True, b""),
        ("a\nb\t👩‍💻", True, "\x1b[200~a\nb\t👩‍💻\x1b[201~".encode()),
        ("a\x1b[201~\rb\x03\x9b", True, b"\x1b[200~a[201~b\x1b[201~"),
        ("a\nb\r", False, b"a b"),
    ],
)
def test_keys_for(text: str, pastes: bool, keys: bytes) -> None:
    """Nothing in it can submit, leave the paste early or press a key."""
    assert keys_for(text, pastes=pastes) == keys


def test_the_box_settles_it() -> None:
    """Keys whose effect depends on the release are settled by what the box shows once it is quiet."""
    typing = Typed()
    typing.input(b"old\x15", 0.0)
    typing.shown("", 0.1)
    assert not typing.so_far().sure
    typing.shown("", 0.5)
    typing.input(b"new", 0.6)
    assert typing.so_far() == TypedSoFar(draft="new")


def test_a_dialog_has_the_keys() -> None:
    """What answers a dialog is typing, and no part of a draft."""
    typing = Typed()
    typing.input(b"1\r\x1b", 5.0, in_box=False)
    assert typing.is_typing(5.5, 1.0)
    assert typing.so_far() == TypedSoFar()


def test_typing_is_keys() -> None:
    """Mouse, focus and answers are no typing; a pause ends it."""
    typing = Typed()
    typing.input(b"\x1b[<35;1;1M\x1b[I\x1b[?62c", 5.0)
    assert not typing.is_typing(5.0, 1.0)
    typing.input(b"a", 6.0)
    assert typing.is_typing(6.9, 1.0)
    assert not typing.is_typing(7.0, 1.0)
