"""The remembered connection: when it begins, ends and is counted."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from claude_fallback.limits.limit import Kind, Limit
from claude_fallback.memory import connection, glance, store
from claude_fallback.memory.connection import ERROR, RATE_LIMIT, Cause
from claude_fallback.memory.moments import parsed, written

NOON = datetime(2026, 5, 1, 12, 0, 0, tzinfo=timezone.utc)
HOURS = 5.0


def after(**length: float) -> datetime:
    return NOON + timedelta(**length)


def limited(resets_at: datetime | None, window: str | None = "five_hour") -> Cause:
    return Cause(RATE_LIMIT, Limit(Kind.PLAN, "You've hit your limit", window, resets_at))


def state_of(environ: dict[str, str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(Path(environ["HOME"], ".claude", "litellm_state.json").read_text())
    return found


def newest(environ: dict[str, str]) -> dict[str, object]:
    history = state_of(environ)["connection_history"]
    assert isinstance(history, list)
    found: dict[str, object] = history[0]
    return found


def test_nothing_remembered_is_no_connection(environ: dict[str, str]) -> None:
    """Looking makes no file."""
    assert connection.look(environ, NOON) is None
    assert not glance.may_be_connected(environ)
    assert not Path(environ["HOME"], ".claude").exists()


def test_a_connection_by_hand_lasts_the_hours_of_the_settings(environ: dict[str, str]) -> None:
    """And the file says so in the keys its users know."""
    made = connection.connect(environ, NOON, Cause(), HOURS)
    assert made is not None
    assert (made.since, made.until, made.reason) == (NOON, after(hours=5), "manual")
    state = state_of(environ)
    assert state["connected"] is True
    assert state["connection_time"] == state["fallback_triggered_at"] == "2026-05-01T12:00:00Z"
    assert state["auto_disconnect_at"] == "2026-05-01T17:00:00Z"
    assert glance.may_be_connected(environ)
    assert connection.look(environ, after(hours=4, minutes=59)) == made


def test_overrides_belong_to_one_connection(environ: dict[str, str]) -> None:
    """Model and hours named at `connect` are gone with it, and were never in the settings."""
    made = connection.connect(environ, NOON, Cause(model="foo", hours=0.5), HOURS)
    assert made is not None
    assert (made.model, made.until) == ("foo", after(minutes=30))
    again = connection.connect(environ, after(hours=1), Cause(), HOURS)
    assert again is not None
    assert (again.model, again.until) == (None, after(hours=6))
    assert not Path(environ["HOME"], ".claude", "litellm_config.json").exists()


def test_whose_limit_it_is(environ: dict[str, str]) -> None:
    """The window is that of the limit which ends the connection; a shorter one changes nothing."""
    opus = limited(after(days=3), "seven_day_opus")
    windows = []
    for cause in (opus, limited(after(hours=2)), limited(after(days=6), "seven_day")):
        made = connection.connect(environ, NOON, cause, HOURS)
        assert made is not None
        windows.append(made.window)
    assert windows == ["seven_day_opus", "seven_day_opus", "seven_day"]
    by_hand = connection.connect(environ, NOON, Cause(), HOURS)
    assert by_hand is not None
    assert by_hand.window is None


@pytest.mark.parametrize(
    ("cause", "until"),
    [
        (limited(after(hours=2)), after(hours=2, seconds=2)),
        (limited(after(days=6), "seven_day"), after(days=6, seconds=2)),
        (limited(None), after(hours=5)),
        (limited(after(minutes=-3)), after(minutes=2)),
        (Cause(ERROR, Limit(Kind.OVERLOAD, "overloaded")), after(hours=5)),
    ],
)
def test_a_limit_ends_its_connection_at_its_reset(
    environ: dict[str, str], cause: Cause, until: datetime
) -> None:
    """Shorter and longer than the hours of the settings; a reset just past still gets two minutes."""
    made = connection.connect(environ, NOON, cause, HOURS)
    assert made is not None
    assert made.until == until


def test_default_hours_do_not_cut_a_known_weekly_reset(environ: dict[str, str]) -> None:
    """One made by hand while the week's limit stands lasts until its reset, unless hours were asked for."""
    weekly = limited(after(days=3), "seven_day").limit
    assert weekly is not None
    connection.record_limit(environ, NOON, weekly)
    made = connection.connect(environ, NOON, Cause(), HOURS)
    assert made is not None
    assert made.until == after(days=3, seconds=2)
    shorter = connection.connect(environ, NOON, Cause(hours=1), HOURS)
    assert shorter is not None
    assert shorter.until == after(hours=1)


def test_many_runs_refused_at_once_make_one_connection(environ: dict[str, str]) -> None:
    """The second limit keeps the counters; a known reset replaces a guess, a later one an earlier."""
    connection.connect(environ, NOON, limited(None), HOURS)
    connection.record_handled(environ, NOON)
    for resets_at in (after(hours=1), after(hours=9), after(hours=2), None):
        made = connection.connect(environ, after(seconds=5), limited(resets_at), HOURS)
    assert made is not None
    assert (made.since, made.until, made.handled) == (NOON, after(hours=9, seconds=2), 1)
    assert "connection_history" not in state_of(environ)


def test_a_limit_does_not_touch_what_the_user_chose(environ: dict[str, str]) -> None:
    """A run that began on native and is refused finds a connection by hand: model and end stay."""
    chosen = connection.connect(environ, NOON, Cause(model="foo", hours=8), HOURS)
    assert connection.connect(environ, after(hours=1), limited(after(hours=2)), HOURS) == chosen


def test_connecting_again_by_hand_begins_anew(environ: dict[str, str]) -> None:
    """The old one is in the history as `reconnect`."""
    connection.connect(environ, NOON, limited(after(hours=3)), HOURS)
    connection.record_handled(environ, NOON)
    made = connection.connect(environ, after(hours=1), Cause(model="foo", hours=1), HOURS)
    assert made is not None
    assert (made.handled, made.until) == (0, after(hours=2))
    assert newest(environ)["disconnect_reason"] == "reconnect"


@pytest.mark.parametrize(
    ("cause", "now", "reason", "ended"),
    [
        (Cause(), after(hours=5), "auto_disconnect", after(hours=5)),
        (Cause(), after(days=40), "auto_disconnect", after(hours=5)),
        (
            limited(after(hours=2)),
            after(hours=2, seconds=2),
            "rate_limit_recovered",
            after(hours=2, seconds=2),
        ),
        (limited(None), after(hours=5), "auto_disconnect", after(hours=5)),
        (Cause(), after(hours=-2), "auto_disconnect", after(hours=-2)),
    ],
)
def test_a_connection_that_is_over_is_ended_before_anything_else(
    environ: dict[str, str], cause: Cause, now: datetime, reason: str, ended: datetime
) -> None:
    """The first look after the end finds none; also when the clock was set back behind its start."""
    connection.connect(environ, NOON, cause, HOURS)
    assert connection.look(environ, now) is None
    assert state_of(environ)["connected"] is False
    assert (newest(environ)["disconnect_reason"], newest(environ)["disconnected_at"]) == (
        reason,
        written(ended),
    )


def test_a_small_step_of_the_clock_ends_nothing(environ: dict[str, str]) -> None:
    """Time servers move clocks by seconds."""
    connection.connect(environ, NOON, Cause(), HOURS)
    assert connection.look(environ, after(seconds=-30)) is not None


def test_more_than_three_failures_in_a_row_end_the_connection(environ: dict[str, str]) -> None:
    """A success in between starts the count again; the fourth in a row is one too many."""
    connection.connect(environ, NOON, Cause(), HOURS)
    assert [connection.record_failed(environ, NOON, "502") for _ in range(3)] == [False] * 3
    connection.record_handled(environ, NOON)
    assert [connection.record_failed(environ, NOON, "502") for _ in range(4)] == [False] * 3 + [True]
    assert connection.look(environ, NOON) is None
    assert newest(environ)["disconnect_reason"] == "repeated_failures"
    assert (newest(environ)["total_requests"], newest(environ)["failed_requests"]) == (8, 7)


def test_disconnect_tells_what_the_session_did(environ: dict[str, str]) -> None:
    """And a second one finds nothing to end."""
    connection.connect(environ, NOON, Cause(reason="drill"), HOURS)
    connection.record_handled(environ, NOON)
    connection.record_failed(environ, NOON, "x")
    session = connection.disconnect(environ, after(hours=1), "done")
    assert session is not None
    assert (session.reason, session.end_reason, session.handled, session.failed) == ("drill", "done", 1, 1)
    assert session.ended - session.since == timedelta(hours=1)
    assert connection.disconnect(environ, after(hours=1)) is None
    assert not glance.may_be_connected(environ)


def test_a_run_that_outlived_its_connection_still_counts_for_it(environ: dict[str, str]) -> None:
    """It ends after the reset: its connection is history by then."""
    connection.connect(environ, NOON, Cause(), HOURS)
    connection.disconnect(environ, NOON)
    connection.record_handled(environ, NOON)
    connection.record_failed(environ, NOON, "x")
    assert (newest(environ)["total_requests"], newest(environ)["failed_requests"]) == (2, 1)


def test_the_history_keeps_the_fifty_newest(environ: dict[str, str]) -> None:
    """Newest first."""
    for number in range(55):
        connection.connect(environ, after(minutes=number), Cause(reason=f"r{number}"), HOURS)
    history = state_of(environ)["connection_history"]
    assert isinstance(history, list)
    assert [entry["reason"] for entry in history] == [f"r{number}" for number in range(53, 3, -1)]


def test_no_secret_and_no_flood_gets_into_the_state(environ: dict[str, str]) -> None:
    """Gateways quote keys in their errors, and whole pages of HTML."""
    secret = "sk-ant-oat01-abcdefghijklmnop"
    wordy = f"401 for {secret} Authorization: Bearer abc.def {'x' * 9000}\nnext \udc80"
    connection.connect(environ, NOON, Cause(RATE_LIMIT, Limit(Kind.PLAN, wordy)), HOURS)
    connection.record_failed(environ, NOON, wordy)
    connection.disconnect(environ, NOON, wordy)
    kept = json.dumps(state_of(environ))
    assert secret not in kept
    assert "abc.def" not in kept
    assert len(kept) < 3000
    limit = state_of(environ)["last_limit"]
    assert isinstance(limit, dict)
    assert len(limit["message"]) <= 200


@pytest.mark.parametrize(
    "state",
    [
        {"connected": True},
        {"connected": True, "connection_time": 5},
        {"connected": True, "connection_time": "yesterday"},
        {"connected": True, "connection_time": "9999-12-31T23:59:59Z"},
        {"connected": True, "connection_time": "0001-01-01T00:00:00+14:00"},
        {"connected": "true", "connection_time": "2026-05-01T12:00:00Z"},
        {
            "connected": True,
            "connection_time": "2026-05-01T11:00:00Z",
            "auto_disconnect_at": "2026-05-01T11:00:00Z",
        },
        {"connected": False, "connection_time": "2026-05-01T12:00:00Z"},
    ],
)
def test_a_state_that_makes_no_sense_is_no_connection(environ: dict[str, str], state: store.Document) -> None:
    """Native is the safe side; the file is put right and nothing raises."""
    path = Path(environ["HOME"], ".claude", "litellm_state.json")
    path.parent.mkdir()
    path.write_text(json.dumps(state))
    assert connection.look(environ, NOON) is None
    assert connection.connect(environ, NOON, Cause(), HOURS) is not None


def test_a_state_with_odd_details_still_is_a_connection() -> None:
    """Counters, history and model of the wrong type count as none; no end counts as five hours."""
    state: store.Document = {
        "connected": True,
        "connection_time": "2026-05-01T12:00:00",
        "connection_model": 7,
        "requests_handled": "many",
        "connection_history": {"a": 1},
    }
    found = connection.current(state, after(hours=1))
    assert found is not None
    assert (found.model, found.handled, found.until) == (None, 0, after(hours=5))


def test_no_write_raises_when_nothing_can_be_written(
    environ: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    """A run calls all of these; a folder in place of the file costs one line each."""
    Path(environ["HOME"], ".claude", "litellm_state.json").mkdir(parents=True)
    limit = limited(None).limit
    assert limit is not None
    assert connection.look(environ, NOON) is None
    assert connection.connect(environ, NOON, Cause(), HOURS) is None
    connection.record_handled(environ, NOON)
    assert connection.record_failed(environ, NOON, "x") is False
    connection.record_limit(environ, NOON, limit)
    assert not glance.may_be_connected(environ)
    assert capfd.readouterr().err.count("\n") == 5


def test_instants_are_written_in_utc_and_read_from_any_zone() -> None:
    """Whole seconds, as its users have them."""
    berlin = timezone(timedelta(hours=2))
    assert written(datetime(2026, 5, 1, 14, 0, 0, 999999, tzinfo=berlin)) == "2026-05-01T12:00:00Z"
    assert parsed("2026-05-01T14:00:00+02:00") == NOON
    assert parsed("2026-05-01T12:00:00") == NOON
    assert [parsed(wrong) for wrong in (None, 5, "", "Z", "soon", True)] == [None] * 6
