"""Asks for a stronger sign-in where the way somebody signed in does not open what they want."""

from backend.auth.gate import Reader
from backend.auth.rules import RecordClass, may_read
from backend.errors import HubError


class StrongerSignInNeeded(HubError):
    """A stronger sign-in is needed for this: confirm on your other phone or at the desk."""

    code = "stronger_sign_in_needed"
    status = 403


def need(reader: Reader, what: RecordClass) -> None:
    """Check the level of the sign-in against the table in `rules`.

    Raises:
        StrongerSignInNeeded: it does not open this class of records.
    """
    if not may_read(reader.level, what):
        raise StrongerSignInNeeded
