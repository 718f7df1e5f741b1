"""Hours of the audit log: rows that are written, sealed, and written down as a head."""

from pathlib import Path

from backend.core.audit import Act, write_down
from backend.core.audit_chain.sealer import seal_chain
from backend.core.audit_chain.worker_tasks import HeadsDuty
from tests.conftest import Database


async def an_hour_of(database: Database, file: Path, rows: int = 3) -> None:
    """Rows are written and sealed, and the head is written down."""
    for _ in range(rows):
        await write_down(Act(actor_kind="system", action="test"))
    async with database.as_worker():
        await seal_chain()
        await HeadsDuty(str(file))()
