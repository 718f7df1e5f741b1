"""A reason is sealed, and what the chain covers of it tells nothing and never changes."""

from hashlib import sha256

import pytest

from backend.core.audit import Act, write_down
from backend.core.audit_chain.links import ChainFault, Finding
from backend.core.audit_chain.sealer import seal_chain
from backend.core.audit_chain.verifier import verify_chain
from backend.core.crypto.reasons import SALT_BYTES, Reason, open_reason, reason, text_of
from backend.core.crypto.sealing import UnreadableSeal
from tests.conftest import Database
from tests.harness.unguarded import unguarded

WHY = "Bà Sung gọi hỏi kết quả"
KEPT = "SELECT why, why_digest FROM audit_event ORDER BY id"


def a_reason(text: str = WHY) -> Reason:
    made = reason(text)
    assert made is not None
    return made


def test_a_reason_is_read_again_and_its_digest_is_of_salt_and_text() -> None:
    made = a_reason()

    assert open_reason(made.sealed(), made.digest) == made
    assert made.text == WHY
    assert made.digest == sha256(made.salted[:SALT_BYTES] + WHY.encode()).digest()
    assert WHY.encode() not in made.sealed()


def test_the_same_text_twice_has_two_digests() -> None:
    assert len({a_reason().digest for _ in range(5)}) == 5


def test_no_reason_is_nothing() -> None:
    assert reason("") is None
    assert text_of(None, None) == ""


def test_a_reason_of_another_row_is_not_read() -> None:
    one, other = a_reason(), a_reason()

    with pytest.raises(UnreadableSeal):
        open_reason(one.sealed(), other.digest)


async def test_the_chain_holds_when_a_reason_is_sealed_anew_and_breaks_when_it_is_another(
    database: Database,
) -> None:
    await write_down(Act(actor_kind="staff", action="support.case", why=WHY))
    await write_down(Act(actor_kind="system", action="facility.added"))
    async with database.as_worker():
        assert await seal_chain() == 2
    kept, none = await database.owner.fetch(KEPT)
    before = open_reason(kept["why"], kept["why_digest"])

    await database.owner.execute(
        "UPDATE audit_event SET why = $1 WHERE why IS NOT NULL", before.sealed()
    )
    async with database.as_worker():
        assert (await verify_chain()).finding is None
    other = a_reason("another reason")
    async with unguarded(database.owner):
        await database.owner.execute(
            "UPDATE audit_event SET why = $1, why_digest = $2 WHERE why IS NOT NULL",
            other.sealed(), other.digest,
        )  # fmt: skip

    assert (before.text, tuple(none)) == (WHY, (None, None))
    async with database.as_worker():
        assert (await verify_chain()).finding == Finding(ChainFault.HASH, 1)
