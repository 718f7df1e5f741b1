"""Takes a number from a chart, and gives it back: it stays in the history, and may be another's.

A citizen id is cancelled when birth year or sex were corrected, or when it was somebody else's all
along. From then on nobody is found by it, until it is issued again to whomever it belongs to.
"""

from uuid import UUID

from backend.auth.identity import identifiers
from backend.auth.identity.blind_index import index, lock_identifiers
from backend.auth.identity.identifiers import Filed, Identifier
from backend.auth.registration.locked_charts import turns
from backend.core.audit import Act, write_down
from backend.core.database import execute, transaction
from backend.core.errors import HubError, NotFound


class NumberInUse(HubError):
    """This number is another chart's just now."""

    code = "number_in_use"
    status = 409


async def cancel(patient: UUID, number: Identifier, act: Act) -> None:
    """Let nobody find this chart by the number any more.

    Args:
        patient: the chart that has the number.
        number: as a hospital would write it.
        act: who does this: for the audit.

    Raises:
        NotFound: the chart has no such number.
    """
    async with transaction():
        filed = await _filed_as(patient, number, active=True)
        await identifiers.end(patient, filed)
        await _end_codes(patient)
        await write_down(act)


async def issue_again(patient: UUID, number: Identifier, act: Act) -> None:
    """Give a cancelled number back to the chart that had it.

    Raises:
        NotFound: the chart never had it, or has it still.
        NumberInUse: it was given to another chart of the facility meanwhile.
    """
    async with transaction():
        filed = await _filed_as(patient, number, active=False)
        for entry in filed:
            found = await identifiers.charts_with([entry.identifier], entry.facility)
            if found[entry.identifier]:
                raise NumberInUse
            for kind, value in identifiers.found_by(entry.identifier, entry.facility):
                await index(patient, kind, value)
        await execute(
            "UPDATE patient_identifier SET active = true WHERE id = ANY($1)",
            [entry.id for entry in filed],
        )
        await write_down(act)


async def _filed_as(patient: UUID, number: Identifier, *, active: bool) -> list[Filed]:
    """Lock the number, and give the rows that say it is the chart's."""
    (tidy,) = identifiers.tidy([number]) or [number]
    history = [entry for entry in await identifiers.filed_of(patient) if entry.identifier == tidy]
    for entry in history:
        await lock_identifiers(turns([tidy], entry.facility))
    history = [entry for entry in await identifiers.filed_of(patient) if entry.identifier == tidy]
    filed = [entry for entry in history if entry.active is active]
    if not filed:
        raise NotFound
    return filed


async def _end_codes(patient: UUID) -> None:
    """Let no code on its way open anything: it may have been asked for by the number."""
    await execute(
        "UPDATE sign_in_challenge SET expires_at = hub_clock()"
        " WHERE patient = $1 AND purpose = 'sign-in' AND expires_at > hub_clock()",
        patient,
    )
