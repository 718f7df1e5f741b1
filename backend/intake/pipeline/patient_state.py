"""Checks that a Patient stood as its sender wants it, and notes how it stands now."""

from backend.auth.registration.patients import Known
from backend.core.crypto.name_hashes import hash_content
from backend.core.database import execute, fetch_value
from backend.core.preconditions import NONE, check, tag_of
from backend.intake.pipeline.events import PatientRegistered


async def check_state(event: PatientRegistered, known: Known) -> None:
    """See that the Patient stood as its sender wants it, and note how it stands now.

    Raises:
        PreconditionFailed: it did not. All of the transaction is undone.
    """
    conditions, said = event.preconditions, hash_content(event.content_hash)
    if conditions != NONE:
        before = await fetch_value("SELECT content_hash FROM patient WHERE id = $1", known.home)
        tag = None if known.created else tag_of(before or b"")
        check(conditions, tag, event.path, same=before == said)
    if not event.create_only or known.created:
        await execute(
            "UPDATE patient SET content_hash = $2 WHERE id = $1"
            " AND content_hash IS DISTINCT FROM $2",
            known.home, said,
        )  # fmt: skip
