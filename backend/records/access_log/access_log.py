"""Lists who read or changed the charts of a session, for whoever reaches them.

A member of staff appears by role, facility and a reference, by which support finds the person:
staff sign in with their names, which no patient sees. Network and device appear for the patient's
own actions only.
"""

from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Final, Literal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from backend.auth.access.gate import Caller, read_page_of
from backend.auth.identity.demographics import shortened
from backend.auth.rules import RecordClass
from backend.auth.sessions.devices import model_and_name
from backend.core.database import Row
from backend.core.http.pagination import PagedList
from backend.core.i18n import Language
from backend.core.odd_rows.unreadable import UNREADABLE_NAME, reason_shown, unsealed
from backend.records.access_log import descriptions
from backend.records.access_log.descriptions import ACTIONS, UNKNOWN
from backend.records.views.record_views import WRITER

WhoKind = Literal["you", "caregiver", "caredFor", "other", "staff", "hospital", "system"]

_WENT_WELL: Final = frozenset({"done", "applied", "unchanged"})
"""How an act ends that was not refused; the last two are intake's."""
_SIGN_INS: Final = frozenset({"sign_in.code", "sign_in.slip", "sign_in.vneid"})
_RELATIONS: Final[dict[str | None, WhoKind]] = {"caregiver": "caregiver", "cared_for": "caredFor"}
_OTHERS: Final[dict[str, WhoKind]] = {"staff": "staff", "facility": "hospital"}
_COARSE: Final = {4: 24, 6: 48}
"""Bits of an address that are shown: enough to tell home from abroad, no more."""
_REFERENCE_LETTERS: Final = 8


class WhoView(Struct, frozen=True, rename="camel"):
    kind: WhoKind
    """`caredFor` is somebody whose record you may read; `other` had no right to yours."""
    name: str | None = None
    """Shortened, as in the list of caregivers; of people with a grant only."""
    role: str | None = None
    facility: str | None = None
    reference: str | None = None
    """By which support finds the member of staff."""


class WhereView(Struct, frozen=True, rename="camel"):
    """The device and network of one's own actions, as far as the hub knows them."""

    device: str | None
    network: str | None
    """The address without its last part."""


class DisputeView(Struct, frozen=True, rename="camel"):
    """A dispute by the patient, which staff look into or have closed."""

    state: Literal["open", "closed"]
    opened_at: datetime


class AccessView(Struct, frozen=True, rename="camel"):
    """One entry. Equal actions of one person within ten minutes of the clock are one entry."""

    id: UUID
    chart: UUID
    """Whose trail it is in."""
    at: datetime
    last_at: datetime
    times: int
    who: WhoView
    what: str
    """One sentence."""
    code: str
    """The act for programs; new ones come."""
    where: WhereView | None
    why: str | None
    """The reason that staff gave."""
    result: Literal["done", "refused"]
    disputed: DisputeView | None


class AccessLogPage(Struct, frozen=True, rename="camel"):
    items: list[AccessView]
    next_cursor: str | None
    stronger_sign_in_needed: list[str] | UnsetType = UNSET
    """Facilities whose part needs a stronger sign-in; left out where there is none."""


async def access_log(
    caller: Caller, chart: UUID | None, limit: int, cursor: str | None, language: Language
) -> bytes:
    """Read a page of the access log, the newest first.

    Raises:
        NotSignedIn, NotFound, StrongerSignInNeeded: as the gate says; it is nobody's but one's own.
        BadCursor: the cursor is not one of ours.
    """
    pages = PagedList("access-log", caller.session, chart)
    before = pages.row_in(cursor)
    gate, *rows = await read_page_of(
        "access_log", caller, chart, RecordClass.ACCESS_LOG, before, limit + 1
    )
    shown = rows[:limit]
    following = pages.cursor(shown[-1]["id"] if len(rows) > limit else None)
    entries = [_entry(row, language) for row in shown]
    return WRITER.encode(AccessLogPage(entries, following, gate["weak"] or UNSET))


def _entry(row: Row, language: Language) -> AccessView:
    done = row["result"] in _WENT_WELL
    reader, named = _who(row, language, done=done)
    return AccessView(
        id=row["id"],
        chart=row["chart"],
        at=row["at"],
        last_at=row["last_at"],
        times=row["times"],
        who=reader,
        what=descriptions.describe(ACTIONS.get(row["code"], UNKNOWN), named, language, done=done),
        code=row["code"],
        where=_where(row) if reader.kind == "you" else None,
        why=_why(row) if reader.kind == "staff" else None,
        result="done" if done else "refused",
        disputed=dispute_of(row["disputed_at"], row["dispute_done_at"]),
    )


def _why(row: Row) -> str | None:
    return reason_shown(row["why"], row["why_digest"]) or None


def dispute_of(opened_at: datetime | None, done_at: datetime | None) -> DisputeView | None:
    if opened_at is None:
        return None
    return DisputeView("open" if done_at is None else "closed", opened_at)


def _who(row: Row, language: Language, *, done: bool) -> tuple[WhoView, str]:
    """Say who it was, and how a sentence begins that tells of them."""
    kind = _kind(row, done=done)
    name, role = "", ""
    if kind in {"caregiver", "caredFor"}:
        name = _name_of(row["name"], row["person"])
    if kind == "staff":
        role = descriptions.role(row["role"], language)
    view = WhoView(
        kind=kind,
        name=name or None,
        role=role or None,
        facility=row["facility"],
        reference=reference_of(row["actor"]) if kind == "staff" else None,
    )
    named = descriptions.somebody(
        kind, language, name=name, role_said=role, facility=row["facility"] or ""
    )
    return view, named


def _name_of(sealed: bytes, person: UUID) -> str:
    name = unsealed(sealed, table="patient", column="name", row=person)
    return UNREADABLE_NAME if name is None else shortened(name)


def _kind(row: Row, *, done: bool) -> WhoKind:
    """Tell who it was. Who failed to sign in as the patient need not be the patient."""
    if row["own"]:
        return "you" if done or row["code"] not in _SIGN_INS else "other"
    if row["actor_kind"] == "patient":
        return _RELATIONS.get(row["relation"], "other")
    return _OTHERS.get(row["actor_kind"], "system")


def reference_of(staff: UUID | None) -> str | None:
    """Give the end of a staff id, by which auditors find the same action."""
    return staff.hex[-_REFERENCE_LETTERS:].upper() if staff else None


def _where(row: Row) -> WhereView | None:
    network = _network(row["address"] or "")
    model, name = model_and_name(row["details"], row["device"])
    device = name or model or None
    return WhereView(device, network) if device or network else None


def _network(address: str) -> str | None:
    try:
        known = ip_address(address)
        return str(ip_network(f"{known}/{_COARSE[known.version]}", strict=False))
    except ValueError:  # also the zone of a link, as in fe80::1%eth0
        return None
