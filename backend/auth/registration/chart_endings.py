"""What ends with a chart: who reaches it, and by which numbers, slips and grants."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.auth.access.chart_turn import take_turn_alone
from backend.auth.caregivers.grants import Actor, end_grants_of
from backend.auth.credentials.activation_slips import PURPOSE as SLIP
from backend.auth.credentials.activation_slips import revoke_slips
from backend.auth.identity import identifiers
from backend.auth.identity.blind_index import lock_identifiers
from backend.auth.identity.identifiers import Filed
from backend.auth.phones.binding import end_bindings
from backend.core.audit import Act, write_down
from backend.core.database import execute, fetch

MERGED: Final = "merged"
DECEASED: Final = "deceased"
REPLACED: Final = "citizen_id_replaced"
"""Why a session reaches a chart no more: in `session_chart.ended_why`."""
REPLACED_ACT: Final = "citizen_id.replaced"
"""What the audit calls it: the last act of a replacement. What is older waits for the desk."""


async def end_reach(chart: UUID, why: str, facility: UUID) -> None:
    """End the reach of every session to this chart, in intake's transaction.

    A session that then reaches nothing ends with it. Whoever opens the chart just now by a slip, a
    code, VNeID or an approval comes before, and is ended too, or finds the proof ended.
    """
    await take_turn_alone(chart)
    await lock_identifiers([(SLIP, str(chart))])
    await execute(
        "SELECT FROM contact_point WHERE patient = $1 AND kind = 'own' ORDER BY id"
        " FOR NO KEY UPDATE",
        chart,
    )
    await execute(
        "SELECT FROM session s WHERE EXISTS (SELECT FROM session_chart c WHERE c.session = s.id"
        " AND c.chart = $1 AND c.ended_at IS NULL) ORDER BY s.id FOR NO KEY UPDATE OF s",
        chart,
    )
    ended = await fetch(
        "UPDATE session_chart SET ended_at = hub_clock(), ended_why = $2"
        " WHERE chart = $1 AND ended_at IS NULL RETURNING session",
        chart, why,
    )  # fmt: skip
    sessions = [row["session"] for row in ended]
    await execute(
        "UPDATE session s SET ended_at = hub_clock(), ended_why = $2 WHERE s.id = ANY($1)"
        " AND s.ended_at IS NULL AND NOT EXISTS"
        " (SELECT FROM session_chart c WHERE c.session = s.id AND c.ended_at IS NULL)",
        sessions, why,
    )  # fmt: skip
    await execute(
        "UPDATE device d SET push_token = NULL, push_token_hash = NULL WHERE d.id IN"
        " (SELECT device FROM session WHERE id = ANY($1)) AND NOT EXISTS"
        " (SELECT FROM session s WHERE s.device = d.id AND s.ended_at IS NULL)",
        sessions,
    )
    for session in sessions:
        await write_down(
            Act(actor_kind="facility", actor=facility, patient=chart, action="sign_in.ended",
                subject=session)
        )  # fmt: skip


async def close_orphaned(chart: UUID, facility: UUID) -> None:
    """End what is open of a chart that a merge has left without numbers.

    Its bound numbers and grants stay its own: an undo finds them there.
    """
    if await identifiers.has_numbers(chart):
        return
    await end_reach(chart, MERGED, facility)
    await revoke_slips(chart)


async def replace_citizen_id(chart: UUID, before: Sequence[Filed], facility: UUID) -> None:
    """End all that was proved for the person whom the citizen id named before."""
    await identifiers.end(chart, before)
    await end_reach(chart, REPLACED, facility)
    await end_bindings(chart)
    await revoke_slips(chart)
    await execute(
        "UPDATE sign_in_challenge SET expires_at = hub_clock()"
        " WHERE patient = $1 AND expires_at > hub_clock()",
        chart,
    )
    await end_grants_of(chart, Actor("facility", facility))
    await execute("UPDATE patient SET held_since = hub_clock() WHERE id = $1", chart)
    await write_down(Act(actor_kind="facility", actor=facility, patient=chart, action=REPLACED_ACT))
