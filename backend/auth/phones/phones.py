"""Which number of a chart is in use, and how another takes its place: after a day, and told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from backend.auth.desk_tasks import DeskTaskKind, open_task, settle_task
from backend.auth.notices import PHONE_CHANGED, send_notice
from backend.auth.phones.rules import (
    HOLD,
    IDLE_AFTER,
    OPEN,
    STANDS_AFTER,
    PhoneFacts,
    PhoneState,
    state_of,
)
from backend.auth.rules import NumberTrust
from backend.core.database import Row, execute, fetch, fetch_one, fetch_value
from backend.core.errors import HubError, NotFound

IN_USE = (
    "(c.kind = 'own' AND c.confirmed_at IS NOT NULL AND c.wrong_since IS NULL"
    " AND c.declined_at IS NULL AND c.not_theirs_since IS NULL"
    " AND coalesce(c.usable_from, c.confirmed_at) <= hub_clock()"
    " AND (c.replaced_at IS NULL OR c.replaced_at > hub_clock()))"
)
"""For statements with a contact point as `c`: texts about the chart may go there now. Where a
number is bound, one that is only stated is not in use."""
IS_BOUND = "(c.confirmed_by IN ('patient', 'desk'))"
"""For statements with a contact point as `c`: its person has shown it, by a code or at the desk."""
TAKES_CODES = f"({IN_USE} AND ({IS_BOUND} OR NOT c.needs_desk))"
"""For statements with a contact point as `c`: codes may go there, too. The worker asks again."""
TAKES_WARNINGS = (
    "(c.kind = 'own' AND (c.confirmed_at IS NOT NULL OR c.confirmed_by <> '')"
    " AND c.declined_at IS NULL AND c.not_theirs_since IS NULL"
    " AND coalesce(c.usable_from, c.confirmed_at, c.created_at) <= hub_clock()"
    " AND (c.replaced_at IS NULL OR c.replaced_at > hub_clock()"
    f"  OR (c.replaced_at > hub_clock() - interval '{STANDS_AFTER.days} days'"
    "   AND (c.proved_at IS NOT NULL OR c.stated_until - c.stated_since >="
    f"    interval '{STANDS_AFTER.days} days'))))"
)
"""For statements with a contact point as `c`: a security notice goes there, also to a number that
somebody marked as wrong, and to the one before while the one that took its place is still new."""
NEWEST_FIRST = "coalesce(c.usable_from, c.confirmed_at) DESC, c.id DESC"

_BOUND: Final = frozenset({"patient", "desk"})
FACTS = (
    "confirmed_at", "usable_from", "proved_at", "wrong_since", "declined_at", "replaced_at",
    "not_theirs_since", "stated_until",
)  # fmt: skip
_TRUST: Final = (
    f"SELECT {', '.join(f'c.{name}' for name in FACTS)}, hub_clock() AS now,"
    " CASE c.confirmed_by WHEN 'desk' THEN hub_clock() - c.confirmed_at END AS at_desk_for,"
    " b.since > hub_clock() - $2::interval AND EXISTS (SELECT FROM contact_point o"
    "  WHERE o.patient = c.patient AND o.kind = 'own' AND o.number_hash <> c.number_hash"
    "  AND o.confirmed_by <> '' AND o.declined_at IS NULL"
    "  AND least(o.stated_since, o.usable_from, o.confirmed_at, o.created_at) < b.since)"
    "  AS changed FROM contact_point c CROSS JOIN LATERAL"
    "  (SELECT least(c.stated_since, c.usable_from, c.confirmed_at) AS since) b"
    f" WHERE c.patient = $1 AND {IN_USE} ORDER BY {NEWEST_FIRST} LIMIT 1"
)


class ChangeWaiting(HubError):
    """Another change of the phone number waits for its day to pass. Decline that one first."""

    code = "change_waiting"
    status = 409


class PhoneSettled(HubError):
    """About this number there is nothing left to decide."""

    code = "phone_settled"
    status = 409


@dataclass(frozen=True, slots=True)
class Phone:
    """One number that a chart has, had or is said to have."""

    id: UUID
    patient: UUID
    sealed: bytes
    number_hash: bytes
    state: PhoneState
    usable_from: datetime | None
    confirmed_at: datetime | None
    created_at: datetime
    by_hospital: bool
    was_known: bool
    """It was the person's at some time, so whoever answers there must hear of a change."""
    bound: bool
    """Its person has shown it, and nothing has taken its place or ended that."""
    stated: bool
    """The one that its facility stated last."""
    needs_desk: bool
    """Its facility's word alone sends no code there: it states the number for another, too."""


async def phones_of(patient: UUID, *, lock: bool = False) -> list[Phone]:
    """Give a chart's own numbers, the oldest first; locked, nobody else decides about them."""
    rows = await fetch(
        "SELECT id, patient, number, number_hash, created_at, proposed_by, confirmed_by,"
        f" stated_since, needs_desk, {', '.join(FACTS)}, hub_clock() AS now"
        " FROM contact_point WHERE patient = $1 AND kind = 'own' ORDER BY id"
        + (" FOR NO KEY UPDATE" if lock else ""),
        patient,
    )
    return [_phone(row) for row in rows]


def one_of(phones: Sequence[Phone], contact: UUID) -> Phone:
    """Pick a number by its id.

    Raises:
        NotFound: it is none of these.
    """
    for phone in phones:
        if phone.id == contact:
            return phone
    raise NotFound


def phone_state(row: Row) -> PhoneState:
    """Read the state from a row that has the facts and the hour as `now`."""
    return state_of(PhoneFacts(**{name: row[name] for name in FACTS}), row["now"])


async def confirm(phone: Phone, among: Sequence[Phone], by: str) -> None:
    """Bind a number to its chart. Where there was another, it waits for a day, and that one hears.

    Args:
        phone: of `phones_of`, locked.
        among: all that the chart has.
        by: patient or desk.

    Raises:
        ChangeWaiting: another one is already waiting.
    """
    others = [other for other in among if other.id != phone.id]
    if any(other.state is PhoneState.WAITING for other in others):
        raise ChangeWaiting
    held = any(other.was_known and other.state is not PhoneState.NOT_THEIRS for other in others)
    usable_from = await fetch_value(
        "UPDATE contact_point c SET confirmed_at = n.at, confirmed_by = $2, proved_at = n.at,"
        " usable_from = n.at + $3::interval, wrong_since = NULL, declined_at = NULL,"
        " declined_by = '', not_theirs_since = NULL, needs_desk = false, replaced_at = NULL"
        " FROM (SELECT hub_clock() AS at) n WHERE c.id = $1 RETURNING c.usable_from",
        phone.id, by, HOLD if held else timedelta(0),
    )  # fmt: skip
    await execute(
        "UPDATE contact_point SET replaced_at = $3 WHERE patient = $1 AND kind = 'own'"
        " AND id <> $2 AND confirmed_at IS NOT NULL"
        " AND (replaced_at IS NULL OR replaced_at > hub_clock())",
        phone.patient, phone.id, usable_from,
    )  # fmt: skip
    await send_notice(phone.patient, PHONE_CHANGED, phone.id, at=usable_from)


async def decline(phone: Phone, by: str) -> None:
    """Say no to a number: it opens nothing, and the one before stays.

    Raises:
        PhoneSettled: it is in use by now, or somebody said no before.
    """
    if phone.state not in OPEN:
        raise PhoneSettled
    await keep_the_one_before(phone.id)
    await execute(
        "UPDATE contact_point SET declined_at = hub_clock(), declined_by = $2,"
        " confirmed_at = NULL, confirmed_by = '', usable_from = NULL WHERE id = $1",
        phone.id, by,
    )  # fmt: skip


async def propose_again(phone: Phone) -> None:
    """Take a decision back: the number is proposed, as if nobody had said anything."""
    await keep_the_one_before(phone.id)
    await execute(
        "UPDATE contact_point SET confirmed_at = NULL, confirmed_by = '', usable_from = NULL,"
        " declined_at = NULL, declined_by = '' WHERE id = $1",
        phone.id,
    )
    await execute(
        "UPDATE desk_task SET done_at = NULL, done_by = NULL, outcome = '' WHERE id ="
        " (SELECT id FROM desk_task WHERE kind = $2 AND subject = $1 ORDER BY id DESC LIMIT 1)",
        phone.id, DeskTaskKind.PHONE_PROPOSED.value,
    )  # fmt: skip


async def keep_the_one_before(contact: UUID) -> None:
    """Call a change off that is still waiting."""
    await execute(
        "UPDATE contact_point o SET replaced_at = NULL FROM contact_point c WHERE c.id = $1"
        " AND o.patient = c.patient AND o.replaced_at = c.usable_from"
        " AND o.replaced_at > hub_clock()",
        contact,
    )


async def prove(phone: Phone) -> None:
    """Write down that the person showed again that this number, in use by them, is theirs."""
    await execute("UPDATE contact_point SET proved_at = hub_clock() WHERE id = $1", phone.id)


async def note_code_shown(contact: UUID) -> None:
    """Keep a number from growing idle. A code at an idle one proves only that somebody has it."""
    await execute(
        "UPDATE contact_point SET proved_at = hub_clock() WHERE id = $1 AND hub_clock() <="
        " greatest(confirmed_at, usable_from, proved_at) + $2::interval",
        contact, IDLE_AFTER,
    )  # fmt: skip


async def in_use(patient: UUID) -> UUID | None:
    """Give the number that texts go to; None when there is none."""
    found: UUID | None = await fetch_value(
        f"SELECT c.id FROM contact_point c WHERE c.patient = $1 AND {IN_USE}"
        f" ORDER BY {NEWEST_FIRST} LIMIT 1",
        patient,
    )
    return found


async def trust_of_number(chart: UUID) -> NumberTrust | None:
    """Say what is known about the number in use; None when there is none any more.

    One that took another's place is *changed* until it has stood for 30 days. One that its facility
    has stated within the last 180 days took nobody's place.
    """
    row = await fetch_one(_TRUST, chart, STANDS_AFTER)
    if row is None:
        return None
    return NumberTrust(
        at_desk_for=row["at_desk_for"],
        changed=bool(row["changed"]),
        idle=phone_state(row) is PhoneState.IDLE,
    )


async def ask_the_desk(chart: UUID, contact: UUID, facility: UUID | None = None) -> None:
    """Leave a task for the desk of the chart's facility; a second call adds none."""
    if facility is None:
        facility = await fetch_value("SELECT facility FROM patient WHERE id = $1", chart)
    await open_task(DeskTaskKind.PHONE_PROPOSED, chart, facility, contact)


async def close_task(contact: UUID, outcome: str, staff: UUID | None = None) -> None:
    """Close the task about a number, if there is one, in one word of at most 20 letters."""
    await settle_task(DeskTaskKind.PHONE_PROPOSED, contact, outcome, staff)


def _phone(row: Row) -> Phone:
    gone = row["declined_at"] or row["not_theirs_since"] or (
        row["replaced_at"] is not None and row["replaced_at"] <= row["now"]
    )  # fmt: skip
    return Phone(
        id=row["id"],
        patient=row["patient"],
        sealed=row["number"],
        number_hash=bytes(row["number_hash"]),
        state=phone_state(row),
        usable_from=row["usable_from"],
        confirmed_at=row["confirmed_at"],
        created_at=row["created_at"],
        by_hospital=row["proposed_by"] is not None,
        was_known=row["confirmed_at"] is not None or row["confirmed_by"] != "",
        bound=row["confirmed_by"] in _BOUND and not gone,
        stated=row["stated_since"] is not None and row["stated_until"] is None,
        needs_desk=row["needs_desk"],
    )
