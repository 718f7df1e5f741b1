"""Sessions, and the charts that they reach, as the tables keep them."""

from uuid import UUID

import asyncpg

from backend.core.database import new_id


async def a_session(owner: asyncpg.Connection, patient: UUID) -> UUID:
    """A living session on a phone, which reaches nothing yet."""
    device, session = new_id(), new_id()
    await owner.execute("INSERT INTO device (id, platform) VALUES ($1, 'android')", device)
    await owner.execute(
        "INSERT INTO session (id, device, created_at, used_at, expires_at, refresh_hash)"
        " VALUES ($1, $2, hub_clock(), hub_clock(), hub_clock() + interval '1 day', $3)",
        session, device, session.bytes,
    )  # fmt: skip
    return session


async def reaches(
    owner: asyncpg.Connection,
    session: UUID,
    chart: UUID,
    level: str = "otp",
    *,
    stepped_up: bool = False,
) -> None:
    """Let a session reach one more chart."""
    await owner.execute(
        "INSERT INTO session_chart (id, session, chart, level, proof, reached_at, stepped_up_until)"
        " VALUES ($1, $2, $3, $4, 'code', hub_clock(),"
        " CASE WHEN $5 THEN hub_clock() + interval '15 minutes' END)",
        new_id(), session, chart, level, stepped_up,
    )  # fmt: skip


async def reaches_every_chart(owner: asyncpg.Connection) -> None:
    """Let every session reach all charts there are: of one person, in stories about one."""
    await owner.execute("UPDATE session_chart SET level = 'otp' WHERE level = 'found'")
    await owner.execute(
        "INSERT INTO session_chart (id, session, chart, level, proof, reached_at)"
        " SELECT uuidv7(), s.id, p.id, 'otp', 'code', hub_clock() FROM session s, patient p"
        " ON CONFLICT DO NOTHING"
    )


async def leaves(owner: asyncpg.Connection, session: UUID, chart: UUID) -> None:
    """End the reach, as a desk or the person does."""
    await owner.execute(
        "UPDATE session_chart SET ended_at = hub_clock(), ended_why = 'not_me'"
        " WHERE session = $1 AND chart = $2 AND ended_at IS NULL",
        session, chart,
    )  # fmt: skip


async def at_level(owner: asyncpg.Connection, level: str, session: UUID | None = None) -> None:
    """Let what a session reaches, or every session, be reached at another level."""
    await owner.execute(
        "UPDATE session_chart SET level = $1 WHERE $2::uuid IS NULL OR session = $2", level, session
    )


async def steps_up(owner: asyncpg.Connection, session: UUID, *, on: bool = True) -> None:
    """Open the restricted records of what a session reaches, or close them again."""
    await owner.execute(
        "UPDATE session_chart SET"
        " stepped_up_until = CASE WHEN $2 THEN hub_clock() + interval '1 hour' END"
        " WHERE session = $1",
        session, on,
    )  # fmt: skip
