"""Names points in intake where a crash test stops an API. Production listens to none."""

from backend.notifications.failpoints import Failpoint, no_failpoint

IN_HAND = "message_in_hand"
"""Read, and not a byte of it stored."""
RECEIVED = "message_received"
"""Its row is written; what it says is not."""
FILED = "message_filed"
"""Records and notices are written; that it was taken in is not."""
UNCOMMITTED = "message_uncommitted"
"""All is written, and none of it would stay."""
COMMITTED = "message_committed"
"""All of it stays, and its sender has not heard so."""

__all__ = ["COMMITTED", "FILED", "IN_HAND", "RECEIVED", "UNCOMMITTED", "Failpoint", "no_failpoint"]
