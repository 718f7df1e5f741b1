"""What becomes of an account when nobody is found as its patient any more: it closes."""

from uuid import UUID

from backend.auth.credentials.activation_slips import revoke_slips
from backend.auth.identity import identifiers
from backend.core.audit import Act, write_down
from backend.core.database import execute, fetch

MERGED = "merged"
"""Why a session ended: in `session.ended_why`."""


async def close_if_empty(patient: UUID, facility: UUID) -> None:
    """End what an account without numbers has open, in intake's transaction.

    Whoever used it is let in anew by a desk, as the patient that the numbers are now.
    """
    if await identifiers.has_numbers(patient):
        return
    ended = await fetch(
        "UPDATE session SET ended_at = hub_clock(), ended_why = $2"
        " WHERE patient = $1 AND ended_at IS NULL RETURNING id",
        patient, MERGED,
    )  # fmt: skip
    await execute(
        "UPDATE device SET push_token = NULL, push_token_hash = NULL WHERE patient = $1", patient
    )
    await revoke_slips(patient)
    for each in ended:
        await write_down(
            Act(actor_kind="facility", actor=facility, patient=patient, action="sign_in.ended",
                subject=each["id"])
        )  # fmt: skip
