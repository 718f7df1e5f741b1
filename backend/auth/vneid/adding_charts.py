"""Adds to a living session what VNeID proves: later proofs in a session add to its reach."""

from uuid import UUID

from backend.auth.access.gate import Caller
from backend.auth.dpop.device_key import DeviceKey
from backend.auth.sessions.chart_actions import ChartAction, refusals_written
from backend.auth.sessions.kept_apart import AnotherPerson, can_join
from backend.auth.sessions.session_charts import lock_session, reach
from backend.auth.sign_in.adding_charts import ADDED, asking_of
from backend.auth.vneid.authorization_requests import Begun
from backend.auth.vneid.sign_in import (
    OpensNothing,
    VneidCallback,
    begin_sign_in,
    note_trust,
    proved_by,
    verified,
)
from backend.core.database import transaction
from backend.gateways.oidc.verifier import IdentityVerifier


async def begin_adding(vneid: IdentityVerifier, caller: Caller) -> tuple[Begun, str]:
    """Begin to add charts; give its handle and the address to open in the browser.

    Raises:
        NotSignedIn: the session was ended or is over.
        TooOften, FastStoreAway, VneidAway: see `sign_in`.
    """
    asking = await asking_of(caller)
    return await begin_sign_in(vneid, DeviceKey(asking.key), caller.address, caller.session)


async def add_charts(vneid: IdentityVerifier, shown: VneidCallback, caller: Caller) -> list[UUID]:
    """Open and find what VNeID proves in the caller's session; give what is open by it.

    Charts that cannot be in this session stay out of it.

    Raises:
        NotSignedIn: the session was ended or is over.
        BeginAgain: not begun in this session, over, or nothing in it can be believed.
        OpensNothing: not a citizen's account, or nobody whom the hub knows for sure.
        AnotherPerson: what it proves is another person's than this session's.
        FastStoreAway, VneidAway: see `sign_in`.
    """
    asking = await asking_of(caller)
    act = ChartAction(caller, ADDED)
    async with refusals_written(act):
        identity = await verified(vneid, shown, DeviceKey(asking.key), caller.session)
        async with transaction():
            proved = await proved_by(identity)
            session = await lock_session(caller)
            if not proved:
                raise OpensNothing
            joining = [one for one in proved if await can_join(session.id, one.chart)]
            if not joining:
                raise AnotherPerson
            await reach(session, joining)
            await note_trust(session.id, identity)
            opened = [one.chart for one in joining if not one.is_found]
            act.about = opened
            await act.written_down()
    return opened
