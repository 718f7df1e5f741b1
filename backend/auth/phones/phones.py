"""Which number of a person is in use, and how another takes its place: after a day, and told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from backend.auth.notices import PHONE_CHANGED, PHONE_PROPOSED, send_notice
from backend.auth.phones.rules import HOLD, IDLE_AFTER, OPEN, PhoneFacts, PhoneState, state_of
from backend.auth.rules import NumberTrust
from backend.core.database import Row, execute, fetch, fetch_one, fetch_value
from backend.core.errors import HubError, NotFound

IN_USE = (
    "(c.kind = 'own' AND c.confirmed_at IS NOT NULL AND c.wrong_since IS NULL"
    " AND c.declined_at IS NULL AND coalesce(c.usable_from, c.confirmed_at) <= hub_clock()"
    " AND (c.replaced_at IS NULL OR c.replaced_at > hub_clock()))"
)
"""For statements with a contact point as `c`: codes and texts may go there now."""
IS_BOUND = "(c.confirmed_by IN ('patient', 'desk'))"
"""For statements with a contact point as `c`: its person has shown it, by a code or at the desk."""
NEWEST_FIRST = "coalesce(c.usable_from, c.confirmed_at) DESC, c.id DESC"

_TASK = "phone_proposed"
FACTS = ("confirmed_at", "usable_from", "proved_at", "wrong_since", "declined_at", "replaced_at")


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
    """One number a person has, had or is said to have."""

    id: UUID
    patient: UUID
    sealed: bytes
    state: PhoneState
    usable_from: datetime | None
    created_at: datetime
    by_hospital: bool
    was_known: bool
    """It was the person's at some time, so whoever answers there must hear of a change."""


async def phones_of(patient: UUID, *, lock: bool = False) -> list[Phone]:
    """Give a person's own numbers, the oldest first; locked, nobody else decides about them."""
    rows = await fetch(
        f"SELECT id, patient, number, created_at, proposed_by, confirmed_by, {', '.join(FACTS)},"
        " hub_clock() AS now FROM contact_point WHERE patient = $1 AND kind = 'own' ORDER BY id"
        + (" FOR UPDATE" if lock else ""),
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
    """Write down that the person has this number. Where there was another, it waits for a day.

    Raises:
        ChangeWaiting: another one is already waiting.
    """
    others = [each for each in among if each.id != phone.id]
    if any(each.state is PhoneState.WAITING for each in others):
        raise ChangeWaiting
    held = any(each.was_known for each in others)
    if not held and await _has_signed_in(phone.patient):
        await send_notice(phone.patient, PHONE_PROPOSED, phone.id)
    usable_from = await fetch_value(
        "UPDATE contact_point c SET confirmed_at = n.at, confirmed_by = $2, proved_at = n.at,"
        " usable_from = n.at + $3::interval, wrong_since = NULL, declined_at = NULL,"
        " declined_by = '', replaced_at = NULL FROM (SELECT hub_clock() AS at) n"
        " WHERE c.id = $1 RETURNING c.usable_from",
        phone.id, by, HOLD if held else timedelta(0),
    )  # fmt: skip
    await execute(
        "UPDATE contact_point SET replaced_at = $3 WHERE patient = $1 AND kind = 'own'"
        " AND id <> $2 AND confirmed_at IS NOT NULL"
        " AND (replaced_at IS NULL OR replaced_at > hub_clock())",
        phone.patient, phone.id, usable_from,
    )  # fmt: skip
    if held:
        await send_notice(phone.patient, PHONE_CHANGED, phone.id)


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
        phone.id, _TASK,
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


async def trust_of_number(patient: UUID) -> NumberTrust | None:
    """Say what is known about the number in use; None when there is none any more."""
    row = await fetch_one(
        f"SELECT {', '.join(f'c.{name}' for name in FACTS)}, hub_clock() AS now,"
        " CASE c.confirmed_by WHEN 'desk' THEN hub_clock() - c.confirmed_at END AS at_desk_for,"
        " coalesce(c.usable_from, c.confirmed_at) > (SELECT max(greatest(s.created_at,"
        "  d.trusted_at)) FROM session s JOIN device d ON d.id = s.device WHERE s.patient = $1"
        "  AND s.level <> 'otp-limited') AS changed"
        f" FROM contact_point c WHERE c.patient = $1 AND {IN_USE} ORDER BY {NEWEST_FIRST} LIMIT 1",
        patient,
    )
    if row is None:
        return None
    return NumberTrust(
        at_desk_for=row["at_desk_for"],
        changed=bool(row["changed"]),
        idle=phone_state(row) is PhoneState.IDLE,
    )


async def is_anothers(patient: UUID, hashes: list[bytes]) -> bool:
    """Tell whether somebody else has confirmed this number. Never said to whom it is answered."""
    return bool(
        await fetch_value(
            "SELECT EXISTS (SELECT FROM contact_point WHERE patient <> $1 AND kind = 'own'"
            " AND confirmed_at IS NOT NULL AND number_hash = ANY($2::bytea[])"
            " AND (replaced_at IS NULL OR replaced_at > hub_clock()))",
            patient, hashes,
        )
    )  # fmt: skip


async def ask_the_desk(patient: UUID, contact: UUID, facility: UUID | None = None) -> None:
    """Leave a task for the desk, of the last hospital unless one is named, and tell the patient."""
    added = await fetch_value(
        "INSERT INTO desk_task (id, kind, patient, facility, subject, created_at)"
        " SELECT uuidv7(), $1::varchar, $2::uuid, coalesce($3::uuid,"
        "  (SELECT facility FROM patient_identifier WHERE patient = $2 AND facility IS NOT NULL"
        "   ORDER BY created_at DESC LIMIT 1)), $4::uuid, hub_clock() WHERE NOT EXISTS"
        " (SELECT FROM desk_task WHERE kind = $1 AND subject = $4 AND done_at IS NULL)"
        " RETURNING id",
        _TASK, patient, facility, contact,
    )  # fmt: skip
    if added:
        await send_notice(patient, PHONE_PROPOSED, contact)


async def close_task(contact: UUID, outcome: str, staff: UUID | None = None) -> None:
    await execute(
        "UPDATE desk_task SET done_at = hub_clock(), done_by = $3, outcome = $4"
        " WHERE kind = $2 AND subject = $1 AND done_at IS NULL",
        contact, _TASK, staff, outcome,
    )  # fmt: skip


async def _has_signed_in(patient: UUID) -> bool:
    return bool(
        await fetch_value("SELECT EXISTS (SELECT FROM session WHERE patient = $1)", patient)
    )


def _phone(row: Row) -> Phone:
    return Phone(
        id=row["id"],
        patient=row["patient"],
        sealed=row["number"],
        state=phone_state(row),
        usable_from=row["usable_from"],
        created_at=row["created_at"],
        by_hospital=row["proposed_by"] is not None,
        was_known=row["confirmed_at"] is not None or row["confirmed_by"] != "",
    )
