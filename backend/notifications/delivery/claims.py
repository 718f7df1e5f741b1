"""What a worker knows of a delivery that it has claimed: its address, its words, and who speaks."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.core.crypto.sealing import UnreadableSeal, unseal
from backend.core.database import Row
from backend.core.settings import load_settings
from backend.gateways.sender import Channel
from backend.notifications.kinds import CODES, UNSTOPPED, WARNINGS, Kind
from backend.notifications.rules import SendContext


@dataclass(frozen=True, slots=True)
class Claim:
    """One delivery that this worker may send until its wire deadline, with all data for that."""

    attempt: UUID
    claimed_at: datetime
    wire_deadline: float
    """On `time.monotonic()`: taken before the claim, so it ends before the lease does."""
    delivery: UUID
    channel: Channel
    lane: int
    number: int
    """1 at the first attempt."""
    verify_first: bool
    """A repeat after a doubt: ask the provider once more, right before."""
    reference: str
    address: str
    """E.164 or push token, unsealed; empty when there is none any more."""
    contact: UUID | None
    device: UUID | None
    notification: UUID
    kind: Kind
    subject: UUID
    ticket: str
    counter: str
    starts_at: datetime | None
    facility: str
    hotline: str
    language: str
    accepted_at: datetime
    present: SendContext
    known: int
    """A hash of all that was read of it: another one, and something has changed."""


def read_claim(row: Row, wire_deadline: float) -> Claim:
    """Read a row of the claiming statement; what does not open is said, not raised."""
    try:
        address, unreadable = _address(row), False
    except UnreadableSeal:
        address, unreadable = "", True
    channel, kind = Channel(row["channel"]), Kind(row["kind"])
    live = bool(address) and bool(row["reaches" if channel is Channel.PUSH else "number_live"])
    present = SendContext(
        channel=channel,
        read=row["read"] and kind not in UNSTOPPED,
        expires_at=row["expires_at"],
        deceased=row["deceased"],
        inactive=row["inactive"],
        refused=row["refused"],
        address_live=live,
        moved=row["moved"],
        kept_back=row["kept_back"],
        superseded=row["superseded"],
        doubted=row["verify_before_retry"],
        unreadable=unreadable,
    )
    speaker, hotline = _speaker(row, kind)
    return Claim(
        attempt=row["attempt"],
        claimed_at=row["claimed_at"],
        wire_deadline=wire_deadline,
        delivery=row["id"],
        channel=channel,
        lane=row["lane"],
        number=row["attempts"],
        verify_first=row["verify_before_retry"],
        reference=row["reference"],
        address=address,
        contact=row["contact"],
        device=row["device"],
        notification=row["notification"],
        kind=kind,
        subject=row["subject"],
        ticket=row["ticket"],
        counter=row["counter"],
        starts_at=row["starts_at"],
        facility=speaker,
        hotline=hotline,
        language=row["language"],
        accepted_at=row["accepted_at"],
        present=present,
        known=row["known"],
    )


def _speaker(row: Row, kind: Kind) -> tuple[str, str]:
    """Give the name and hotline of who speaks: the hub, or the facility that has told something.

    The hub's neutral name speaks of codes and security, whoever caused them, and for a facility
    whose name is a diagnosis.
    """
    if kind in CODES or kind in WARNINGS or row["discreet"]:
        settings = load_settings()
        return settings.neutral_name, settings.neutral_hotline
    return row["short_name"], row["hotline"]


def _address(row: Row) -> str:
    if row["channel"] == Channel.SMS:
        sealed, table, column, key = row["number"], "contact_point", "number", row["contact"]
    else:
        sealed, table, column, key = row["push_token"], "device", "push_token", row["device"]
    return unseal(sealed, table=table, column=column, row=key) if sealed else ""
