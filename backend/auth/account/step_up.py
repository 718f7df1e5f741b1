"""Step-up: a code to the patient's phone opens restricted records for a short time."""

from datetime import datetime
from uuid import UUID

from backend.auth.access.gate import Caller, NotSignedIn
from backend.auth.account.phone_verification import NumberNeedsDesk
from backend.auth.credentials.one_time_codes import STEP_UP
from backend.auth.credentials.phone_codes import (
    CodeFor,
    CodeSent,
    challenge_phone,
    check_phone_code,
    count_phone_code,
    use_phone_code,
)
from backend.auth.phones.phones import in_use
from backend.auth.rules import STEP_UP_LIFETIME, RecordClass
from backend.auth.sessions.account_actions import AccountAction, account_action
from backend.core.database import execute, fetch_value, transaction
from backend.core.redis import wake_workers


async def ask_for_code(caller: Caller) -> CodeSent:
    """Send a code to the number in use. Only the session that asked can use it.

    Raises:
        NotSignedIn, StrongerSignInNeeded: see `account_actions`.
        NumberNeedsDesk: there is no number that texts go to.
        TooOften, FastStoreAway: see `backend.core.http.rate_limits`.
    """
    act = AccountAction(caller, "step_up.code", caller.session)
    async with account_action(act, RecordClass.PHONES):
        await count_phone_code(caller.patient)
        async with transaction():
            contact = await in_use(caller.patient)
            if contact is None:
                raise NumberNeedsDesk
            sent = await challenge_phone(caller.patient, contact, CodeFor(STEP_UP, caller.session))
            await act.written_down()
    await wake_workers()
    return sent


async def step_up(caller: Caller, challenge: UUID, code: str) -> datetime:
    """Check the code; give the time until which this session may read restricted records.

    Raises:
        WrongPhoneCode: wrong, too late, used, tried too often, or asked for by another session.
        NotSignedIn, StrongerSignInNeeded: as above.
    """
    act = AccountAction(caller, "step_up", caller.session)
    async with account_action(act, RecordClass.PHONES):
        await check_phone_code(caller.patient, CodeFor(STEP_UP, caller.session), challenge, code)
        async with transaction():
            await use_phone_code(challenge)
            until: datetime | None = await fetch_value(
                "UPDATE session SET stepped_up_until = hub_clock() + $2"
                " WHERE id = $1 AND ended_at IS NULL RETURNING stepped_up_until",
                caller.session, STEP_UP_LIFETIME,
            )  # fmt: skip
            if until is None:
                raise NotSignedIn
            await act.written_down()
            return until


async def step_down(caller: Caller) -> None:
    """Hide restricted records again at once.

    Raises:
        NotSignedIn, StrongerSignInNeeded: as above.
    """
    act = AccountAction(caller, "step_up.ended", caller.session)
    async with account_action(act, RecordClass.PHONES), transaction():
        await execute("UPDATE session SET stepped_up_until = NULL WHERE id = $1", caller.session)
        await act.written_down()
