"""A large honest hospital is never held; a thief with its key is stopped, whatever the shape."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.core.clock import now
from backend.core.settings import load_settings
from tests.conftest import Database, Travel
from tests.harness.notifications.hospital_week import Hospital, Outcome, play, week


def next_monday() -> datetime:
    """Give a midnight of the people here."""
    here = now().astimezone(ZoneInfo(load_settings().timezone))
    day = here.date() + timedelta(days=7 - here.weekday())
    return datetime.combine(day, time(), here.tzinfo)


def shown(name: str, outcome: Outcome) -> str:
    """Put it into the line that the note shows."""
    seconds = outcome.alarm_after and int(outcome.alarm_after.total_seconds())
    return (
        f"{name}: {outcome.texts} texts, {outcome.left} left, {outcome.first_texts} numbers reached,"
        f" {outcome.held} held or dropped; alarm after {seconds} s and"
        f" {outcome.left_before_alarm} texts: {', '.join(outcome.alarms) or 'none'}"
    )


async def test_a_hospital_of_two_thousand_patients_a_day_is_never_held(
    database: Database, time_moves: Travel
) -> None:
    hospital = Hospital.of_a_province(7)
    texts = list(week(hospital))

    outcome = await play(database, time_moves, next_monday(), hospital.phones, texts)

    print(shown("a week", outcome))
    assert outcome.held == 0
    assert outcome.alarms == ()
    assert outcome.left == outcome.texts
