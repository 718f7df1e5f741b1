"""What a facility states of a chart's numbers, what is bound, and where texts and codes go then."""

from typing import Final
from uuid import UUID

from backend.auth.phones.binding import bind
from backend.auth.phones.contact_points import keep_own
from backend.auth.phones.phones import IN_USE, phones_of
from backend.core.database import execute, transaction
from tests.conftest import Database
from tests.harness.auth.phone_steps import contact

STATED: Final = "Benh vien ghi so dien thoai khac"
CHANGED: Final = "So dien thoai cua ban doi tu"


async def states(chart: UUID, facility: UUID, number: str) -> bool:
    """The facility states the number, as intake takes it in."""
    async with transaction():
        await execute("SELECT open_intake($1)", facility)
        return await keep_own(chart, facility, number)


async def binds(chart: UUID, n: int = -1, by: str = "patient") -> None:
    async with transaction():
        await bind(chart, await contact(chart, n), by)


async def numbers(chart: UUID) -> list[str]:
    return [phone.state.value for phone in await phones_of(chart)]


async def goes_to(database: Database, chart: UUID, which: str = IN_USE) -> list[int]:
    """Give which of a chart's numbers, by the order in which they came, texts (or codes) reach."""
    rows = await database.owner.fetch(
        f"SELECT {which} AS yes FROM contact_point c WHERE patient = $1 ORDER BY id", chart
    )
    return [n for n, row in enumerate(rows) if row["yes"]]


async def told(database: Database, chart: UUID) -> list[str]:
    rows = await database.owner.fetch(
        "SELECT kind FROM notification WHERE patient = $1 AND kind LIKE 'phone.%' ORDER BY id",
        chart,
    )
    return [row["kind"] for row in rows]


async def facility_of(database: Database, chart: UUID) -> UUID:
    found: UUID = await database.owner.fetchval("SELECT facility FROM patient WHERE id = $1", chart)
    return found
