"""What a message in quarantine is about, read again from what was kept of it."""

from uuid import UUID

from backend.auth.lookups import Sought
from backend.intake.received import waiting_for
from backend.intake.rereading import parse
from backend.intake.whose import numbers_of


def numbers_in(dialect: str, raw: bytes, facility: UUID) -> list[Sought]:
    """Give what later messages are held back by: the kind of hash, and the number."""
    return [waiting_for(each) for each in numbers_of(parse(dialect, raw, facility))]
