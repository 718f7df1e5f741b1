"""Signs a patient in with a slip from the desk: without a text, a citizen id or a phone number.

It also serves newborns, foreigners and everybody whose record came without a citizen id.
"""

from uuid import UUID

from backend.auth import rules
from backend.auth.credentials import activation_slips, lockout, typed_codes
from backend.auth.credentials.typed_codes import TypedCode
from backend.auth.dpop.device_key import DeviceKey
from backend.auth.rules import Level
from backend.auth.sessions import sessions
from backend.auth.sessions.devices import DeviceDetails
from backend.auth.sessions.sessions import OpenedSession, Opening
from backend.core.audit import Act, write_down
from backend.core.crypto.sealing import lookup_hash
from backend.core.database import transaction
from backend.core.errors import HubError
from backend.core.http.client_address import network_of
from backend.core.http.rate_limits import LimitedKey, count
from backend.core.refusals import note_refusal

_ACT = "sign_in.slip"


class WrongSlip(HubError):
    """This code is not valid. Ask for a new slip at the counter."""

    code = "wrong_slip"
    status = 401


async def activate(
    typed: str, device: DeviceDetails, key: DeviceKey, address: str
) -> OpenedSession:
    """Open a session with the code of a live slip, once.

    Raises:
        WrongSlip: unknown, wrong, used, revoked, too late or tried too often: all alike.
        TooOften: tried from one place too often.
        FastStoreAway: nobody can count just now, so nothing is opened.
    """
    await count(
        LimitedKey(
            f"slips:address:{lookup_hash('limit', network_of(address)).hex()}",
            rules.SLIPS_PER_ADDRESS,
        )
    )
    opened = await _try(typed_codes.read(typed), device, key, address)
    if opened is None:
        raise WrongSlip
    return opened


async def _try(
    code: TypedCode | None, device: DeviceDetails, key: DeviceKey, address: str
) -> OpenedSession | None:
    """Count, compare, open and write down: a wrong code costs as much as none."""
    opened: OpenedSession | None = None
    async with transaction():
        patient, right = await activation_slips.try_slip(code)
        if code and patient and right:
            await activation_slips.use_slip(code)
            opened = await sessions.open_session(
                Opening(patient=patient, device=device, level=Level.DESK, opened_by="slip", key=key)
            )
            await lockout.reopen_codes(patient)
            await write_down(_act(patient, opened.session, address, "done"))
    if opened is None:
        await note_refusal(_act(patient, None, address, WrongSlip.code))
    return opened


def _act(patient: UUID | None, session: UUID | None, address: str, result: str) -> Act:
    return Act(
        actor_kind="patient", actor=patient, patient=patient, action=_ACT, subject=session,
        from_where=address, result=result,
    )  # fmt: skip
