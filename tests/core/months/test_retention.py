"""How long months are kept: from the settings, through `hub migrate`, into the database."""

import asyncpg
import pytest
from pydantic import ValidationError

from backend.core.settings import RetentionSettings
from backend.schema.migrate import migrate
from tests.conftest import Database


async def kept(url: str) -> dict[str, int]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT table_name, months FROM retention")
    await connection.close()
    return {row["table_name"]: row["months"] for row in rows}


async def test_migrating_writes_how_long_months_are_kept_and_again_after_a_change(
    migrated: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = migrated.servers.database_url("postgres")

    await migrate(url)
    before = await kept(url)
    monkeypatch.setenv("HUB_KEEP_AUDIT_MONTHS", "0")
    monkeypatch.setenv("HUB_KEEP_DELIVERIES_MONTHS", "3")
    await migrate(url)
    after = await kept(url)
    await migrated.owner.execute("DELETE FROM retention")

    assert before == {
        "attempt": 24, "audit_event": 120, "delivery_event": 24, "received_event": 24
    }  # fmt: skip
    assert after == {"attempt": 3, "audit_event": 0, "delivery_event": 3, "received_event": 24}


@pytest.mark.parametrize(
    "settings",
    [
        {"HUB_KEEP_MESSAGES_MONTHS": "2"},
        {"HUB_KEEP_MESSAGES_MONTHS": "-1"},
        {"HUB_KEEP_DELIVERIES_MONTHS": "1"},
        {"HUB_KEEP_AUDIT_MONTHS": "11"},
        {"HUB_KEEP_AUDIT_MONTHS": "ten years"},
    ],
)
def test_a_time_that_could_only_be_a_slip_is_refused(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError):
        RetentionSettings()
