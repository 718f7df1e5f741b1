"""Signs a patient in with a slip from the desk: without a text, a citizen id or a phone number.

It opens the one chart that it names. It also serves newborns, foreigners and everybody whose record
came without a citizen id.
"""

from uuid import UUID

from backend.auth import rules
from backend.auth.access.chart_turn import share_turn
from backend.auth.credentials import activation_slips, typed_codes
from backend.auth.credentials.activation_slips import TriedSlip
from backend.auth.dpop.device_key import DeviceKey
from backend.auth.sessions import sessions
from backend.auth.sessions.devices import DeviceDetails
from backend.auth.sessions.session_charts import SLIP, Proved
from backend.auth.sessions.sessions import OpenedSession, Opening
from backend.core.audit import Act, write_down
from backend.core.crypto.sealing import lookup_hash
from backend.core.database import new_id, transaction
from backend.core.errors import HubError
from backend.core.http.client_address import network_of
from backend.core.http.rate_limits import LimitedKey, count
from backend.core.refusals import note_refusal

ACT = "sign_in.slip"


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
    await count_slip(address)
    opened: OpenedSession | None = None
    async with transaction():
        slip = await try_typed(typed)
        if slip is not None and slip.right:
            opened = await open_by_slip(slip, device, key, address)
    if opened is None:
        await note_wrong_slip(slip, None, address)
        raise WrongSlip
    return opened


async def try_typed(typed: str) -> TriedSlip | None:
    """Try a slip in the turn of its chart: nobody ends what is proved for it meanwhile."""
    code = typed_codes.read(typed)
    named = await activation_slips.chart_named_by(code)
    await share_turn([named or new_id()])
    return await activation_slips.try_slip(code)


async def count_slip(address: str) -> None:
    """Count a try from one place, or refuse it.

    Raises:
        TooOften, FastStoreAway: see `backend.core.http.rate_limits`.
    """
    place = lookup_hash("limit", network_of(address)).hex()
    await count(LimitedKey(f"slips:address:{place}", rules.SLIPS_PER_ADDRESS))


async def open_by_slip(
    slip: TriedSlip, device: DeviceDetails | UUID, key: DeviceKey, address: str
) -> OpenedSession:
    """Use a right slip up and open a session with it, in the caller's transaction."""
    await activation_slips.use_slip(slip.id)
    opened = await sessions.open_session(
        Opening(charts=[proved_by_slip(slip)], device=device, key=key)
    )
    await write_down(slip_act(slip.chart, opened.session, opened.session, address))
    return opened


def proved_by_slip(slip: TriedSlip) -> Proved:
    """Say what a right slip opens: `desk` only once a colleague has confirmed it."""
    level = rules.Level.DESK if slip.confirmed else rules.Level.OTP
    return Proved(chart=slip.chart, level=level, proof=SLIP, slip=slip.id)


async def note_wrong_slip(slip: TriedSlip | None, session: UUID | None, address: str) -> None:
    """Write a refusal down, whether or not there is such a slip: a wrong code costs as much."""
    chart = slip.chart if slip else None
    await note_refusal(slip_act(chart, session, None, address, WrongSlip.code))


def slip_act(
    chart: UUID | None,
    actor: UUID | None,
    subject: UUID | None,
    address: str,
    result: str = "done",
) -> Act:
    return Act(
        actor_kind="patient", actor=actor, patient=chart, action=ACT, subject=subject,
        from_where=address, result=result,
    )  # fmt: skip
