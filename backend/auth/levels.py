"""Decides what opens: how strongly somebody has signed in, and how much they were granted."""

from backend.auth.gate import Reader
from backend.auth.rules import RecordClass, may_read, opens
from backend.errors import HubError, NotFound


class StrongerSignInNeeded(HubError):
    """A stronger sign-in is needed for this: confirm on your other phone or at the desk."""

    code = "stronger_sign_in_needed"
    status = 403


def need(reader: Reader, what: RecordClass) -> None:
    """Check scope and level against the tables in `rules`: here and nowhere else.

    Raises:
        NotFound: the grant does not open this class of records; for this reader there are none.
        StrongerSignInNeeded: the level of the sign-in does not open it.
    """
    if not opens(reader.scope, what):
        raise NotFound
    if not may_read(reader.level, what):
        raise StrongerSignInNeeded
