"""A week of a large hospital without an app, and the days of a thief: texts to be, by their time.

All of it is invented; the first digits of the phones are those of the networks of Vietnam.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.core.crypto.sealing import lookup_hash, seal
from backend.core.database import new_id
from backend.notifications.brakes.booking import book_due
from backend.notifications.brakes.waiting import let_leave
from backend.notifications.kinds import POLICIES, Kind
from backend.notifications.planning.scheduled import expire, release_held
from tests.conftest import Database, Travel
from tests.harness.alarms import alarms
from tests.harness.makers import a_facility

NETWORKS = [
    "32",
    "33",
    "34",
    "35",
    "36",
    "37",
    "38",
    "39",
    "86",
    "96",
    "97",
    "98",
    "70",
    "76",
    "77",
    "78",
    "79",
    "89",
    "90",
    "93",
    "81",
    "82",
    "83",
    "84",
    "85",
    "88",
    "91",
    "94",
    "52",
    "56",
    "58",
    "92",
    "59",
    "99",
]
"""Viettel, MobiFone, VinaPhone, Vietnamobile, Gmobile: what follows the country's 84."""
BLOCKS = 120
"""Blocks of ten thousand numbers that the people of one province have."""
PER_DAY, ON_SUNDAY = 2000, 300
ARRIVALS = {
    6: 6, 7: 20, 8: 20, 9: 15, 10: 11, 11: 4, 12: 2, 13: 10, 14: 7, 15: 4, 16: 1,
}  # fmt: skip
"""Of a hundred patients, how many come in each hour: most of them in the morning."""
STEP = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class TextToBe:
    """One text: when it is due, to whose number, of which kind."""

    at: timedelta
    """After the midnight at which the story begins."""
    chart: int
    kind: Kind


@dataclass(slots=True)
class Hospital:
    """The charts of one facility, each with its number."""

    dice: random.Random
    phones: list[str]
    blocks: list[str]

    @classmethod
    def of_a_province(cls, seed: int) -> "Hospital":
        dice = random.Random(seed)  # noqa: S311  # an invented hospital, the same at every run
        blocks = [f"84{dice.choice(NETWORKS)}{dice.randrange(1000):03}" for _ in range(BLOCKS)]
        return cls(dice, [], blocks)

    def new_chart(self) -> int:
        """Register somebody; one of twelve has the phone of a relative who came before."""
        shared = self.phones and self.dice.random() < 1 / 12
        phone = (
            self.dice.choice(self.phones)
            if shared
            else f"+{self.dice.choice(self.blocks)}{self.dice.randrange(10_000):04}"
        )
        self.phones.append(phone)
        return len(self.phones) - 1


def week(hospital: Hospital, days: int = 7) -> Iterator[TextToBe]:
    """From the Monday on which the hospital begins: it has reached no number before."""
    dice = hospital.dice
    for day in range(days):
        start, known = timedelta(days=day), len(hospital.phones)
        for _ in range(ON_SUNDAY if day % 7 == 6 else PER_DAY):
            comes_back = known and dice.random() < 0.6
            chart = dice.randrange(known) if comes_back else hospital.new_chart()
            yield from visit(dice, chart, start)
        for _ in range(PER_DAY // 5):
            chart = hospital.new_chart() if day < 2 else dice.randrange(known)
            yield TextToBe(start + timedelta(hours=18), chart, Kind.APPOINTMENT_MOVED)


def visit(dice: random.Random, chart: int, day: timedelta) -> Iterator[TextToBe]:
    """Calls to the counter, results the same day or overnight, the next appointment."""
    hour = dice.choices(list(ARRIVALS), list(ARRIVALS.values()))[0]
    at = day + timedelta(hours=hour, minutes=dice.random() * 60)
    for n in range(dice.choice((2, 2, 3, 3, 4, 5))):
        yield TextToBe(at + timedelta(minutes=10 + 22 * n), chart, Kind.QUEUE_CALLED)
    if dice.random() < 0.5:
        yield TextToBe(at + timedelta(minutes=75), chart, Kind.RESULT_READY)
    if dice.random() < 0.1:
        morning = day + timedelta(days=1, hours=7, seconds=dice.randrange(1200))
        yield TextToBe(morning, chart, Kind.RESULT_READY)
    if dice.random() < 0.3:
        yield TextToBe(at + timedelta(minutes=150), chart, Kind.APPOINTMENT_BOOKED)


@dataclass(slots=True)
class Outcome:
    """What became of a story."""

    texts: int = 0
    left: int = 0
    first_texts: int = 0
    held: int = 0
    """Deliveries that a brake held or dropped at least once."""
    alarm_after: timedelta | None = None
    left_before_alarm: int = 0
    alarms: tuple[str, ...] = ()


async def play(
    database: Database, time_moves: Travel, midnight: datetime, phones: list[str],
    texts: list[TextToBe], step: timedelta = STEP, until: timedelta | None = None,
) -> Outcome:  # fmt: skip
    """Let all of it happen, with the worker's own booking; nothing is sent, only marked as sent."""
    facility = await a_facility(database)
    await _register(database, facility, phones)
    now = await database.owner.fetchval("SELECT hub_clock()")
    begins = midnight - now
    texts.sort(key=lambda text: text.at)
    await _plan(database, facility, texts, midnight)
    outcome, at = Outcome(texts=len(texts)), texts[0].at
    end = until or texts[-1].at + step
    async with database.as_worker():
        while at <= end:
            async with time_moves(begins + at):
                outcome.left += await _one_step(database)
            if outcome.alarm_after is None:
                raised = await alarms(database)
                if raised:
                    outcome.alarm_after, outcome.left_before_alarm = at - texts[0].at, outcome.left
            at += step
    outcome.alarms = tuple(sorted(set(await alarms(database))))
    outcome.first_texts = await database.owner.fetchval("SELECT count(*) FROM reached_number")
    outcome.held = await database.owner.fetchval(
        "SELECT count(DISTINCT delivery) FROM delivery_event WHERE status IN ('held', 'suppressed')"
    )
    return outcome


async def _one_step(database: Database) -> int:
    await release_held()
    await expire()
    await let_leave()
    left = 0
    while await book_due():
        done = await database.owner.execute(
            "UPDATE delivery d SET status = 'sent', attempts = 1 FROM booked_text b"
            " WHERE b.id = d.id AND d.status = 'planned'"
        )
        left += int(done.rpartition(" ")[2])
    return left


async def _register(database: Database, facility: object, phones: list[str]) -> None:
    at = await database.owner.fetchval("SELECT hub_clock() - interval '30 days'")
    rows = [(new_id(), new_id(), phone) for phone in phones]
    await database.owner.copy_records_to_table(
        "patient", columns=["id", "name", "sex"],
        records=[(patient, b"", "female") for patient, _, _ in rows],
    )  # fmt: skip
    await database.owner.execute(
        "CREATE TEMP TABLE IF NOT EXISTS chart (n integer, patient uuid, contact uuid);"
        " TRUNCATE chart"
    )
    await database.owner.copy_records_to_table(
        "contact_point",
        columns=["id", "patient", "number", "number_hash", "confirmed_at", "confirmed_by",
                 "proposed_by"],
        records=[
            (contact, patient,
             seal(phone, table="contact_point", column="number", row=contact),
             lookup_hash("phone", phone), at, "facility", facility)
            for patient, contact, phone in rows
        ],
    )  # fmt: skip
    await database.owner.copy_records_to_table(
        "chart", columns=["n", "patient", "contact"],
        records=[(n, patient, contact) for n, (patient, contact, _) in enumerate(rows)],
    )  # fmt: skip


async def _plan(
    database: Database, facility: object, texts: list[TextToBe], midnight: datetime
) -> None:
    await database.owner.execute(
        "WITH t AS (SELECT uuidv7() AS id, uuidv7() AS notification, c.patient, c.contact, t.*"
        "  FROM unnest($2::integer[], $3::text[], $4::timestamptz[], $5::interval[], $6::integer[])"
        "  AS t (n, kind, at, useful, lane) JOIN chart c ON c.n = t.n),"
        " told AS (INSERT INTO notification (id, patient, facility, kind, subject, urgency, lane,"
        "  accepted_at, expires_at) SELECT notification, patient, $1, kind, notification, 'routine',"
        "  lane, at, at + useful FROM t)"
        " INSERT INTO delivery (id, notification, patient, channel, contact, lane, due_at)"
        " SELECT id, notification, patient, 'sms', contact, lane, at FROM t",
        facility,
        [text.chart for text in texts],
        [text.kind.value for text in texts],
        [midnight + text.at for text in texts],
        [POLICIES[text.kind].useful_for for text in texts],
        [int(POLICIES[text.kind].lane) for text in texts],
    )
    await database.owner.execute("ANALYZE delivery; ANALYZE notification; ANALYZE contact_point")
