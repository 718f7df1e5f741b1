"""Signs a patient in with a citizen id, a phone number, and the code that the hub sends there.

Known and unknown people get the same rows, the same answers and the same delays.
"""

from uuid import UUID

from backend.auth.dpop.device_key import DeviceKey
from backend.auth.sessions import sessions
from backend.auth.sessions.devices import DeviceDetails
from backend.auth.sessions.sessions import OpenedSession
from backend.auth.sign_in import code_requests, shown_codes
from backend.auth.sign_in.code_requests import Asking, IssuedChallenge
from backend.auth.sign_in.opened_by_code import open_by_code
from backend.auth.sign_in.pairs import (
    charts_with_numbers_locked,
    pair_of_citizen,
    pair_of_hospital_number,
    take_turn,
)
from backend.auth.sign_in.shown_codes import ShownCode, WrongCode
from backend.core.audit import Act, write_down
from backend.core.database import fetch_value, transaction
from backend.core.refusals import note_refusal

ACT = "sign_in.code"


async def ask_for_code(citizen_number: str, phone: str, asking: Asking) -> IssuedChallenge:
    """Store a request for a code for this citizen id and this number.

    Raises:
        NotACitizenId, NotAPhone: this cannot be one, whoever asks.
        TooOften, FastStoreAway: see `code_requests`.
    """
    pair, number = pair_of_citizen(citizen_number, phone)
    return await code_requests.ask(pair, asking, number)


async def ask_without_citizen_id(
    facility: str, hospital_number: str, phone: str, asking: Asking
) -> IssuedChallenge:
    """Store a request for a person who has no citizen id, and whose number is bound.

    Raises:
        NotAPhone: this cannot be one, whoever asks.
        TooOften, FastStoreAway: see `code_requests`.
    """
    known: UUID | None = await fetch_value("SELECT id FROM facility WHERE code = $1", facility)
    pair = pair_of_hospital_number(known, hospital_number, phone)
    return await code_requests.ask(pair, asking, None)


async def open_session(
    challenge: UUID, code: str, device: DeviceDetails, key: DeviceKey, address: str
) -> OpenedSession:
    """Open a session with the right code in time, once.

    Raises:
        WrongCode: wrong, too late, used, tried too often, or there never was one.
        TooOften, FastStoreAway: tried too often from one place, on one device, for one number.
    """
    shown = await shown_codes.compare(challenge, code, Asking(key.thumbprint, address))
    opened: OpenedSession | None = None
    async with transaction():
        if shown and shown.right:
            await take_turn(shown.pair.subject)  # the code comes last: who ends its chart ends it
            opened = await _open(shown, device, key, address)
    if opened is None:
        chart = shown.chart if shown else None
        await note_refusal(
            Act(actor_kind="patient", patient=chart, action=ACT, subject=challenge,
                from_where=address, result=WrongCode.code)
        )  # fmt: skip
        raise WrongCode
    return opened


async def _open(
    shown: ShownCode, device: DeviceDetails, key: DeviceKey, address: str
) -> OpenedSession | None:
    """Use the code up and open what it proves; None where the number is no chart's any more."""
    named = await charts_with_numbers_locked(shown.pair)
    if not await shown_codes.use(shown) or not named:
        return None
    session = await sessions.begin_session(device, key)
    opened: list[UUID | None] = list(await open_by_code(session, shown.pair, named))
    for chart in opened or [None]:  # what is only found has no trail of it
        await write_down(
            Act(actor_kind="patient", actor=session.id, patient=chart, action=ACT,
                subject=session.id, from_where=address)
        )  # fmt: skip
    return await sessions.issue_tokens(session)
