"""What the runbook tells somebody to type does what it says."""

import re
from uuid import uuid4

from backend.core.clock import now
from backend.core.database import transaction
from backend.gateways.sender import Channel
from backend.notifications.delivery.dispatcher import deliver_due
from backend.notifications.delivery.sending import Providers
from backend.notifications.kinds import Kind
from backend.notifications.planning.planning import Notice, plan
from tests.conftest import Database
from tests.harness.fakes.sender import FakeProvider
from tests.harness.makers import a_patient
from tests.harness.tree import read

AS_IN_THE_BACKUP = """
    UPDATE delivery SET status = 'planned', attempts = 0, provider_id = '', sent_at = NULL
"""


async def test_after_a_restore_nobody_gets_a_text_again(database: Database) -> None:
    [statement] = re.findall(r"```sql\n(.+?)```", read("docs/runbook.md"), re.DOTALL)
    provider, tu = FakeProvider(), await a_patient(database)
    outside = Providers({Channel.SMS: provider}, provider)
    async with transaction() as connection:
        await connection.execute("SELECT open_intake($1)", tu.facility)
        await plan([
            Notice(patient=tu.id, facility=tu.facility, kind=Kind.QUEUE_CALLED, subject=uuid4(),
                   happened_at=now(), accepted_at=now(), received_event=uuid4())
        ])  # fmt: skip
    async with database.as_worker():
        await deliver_due(outside)
    await database.owner.execute("TRUNCATE attempt")
    await database.owner.execute(AS_IN_THE_BACKUP)

    await database.owner.execute(statement)
    async with database.as_worker():
        await deliver_due(outside)

    assert len(provider.sent) == 1
    assert await database.owner.fetchval("SELECT status FROM delivery") == "sent"
