"""Names points where a crash test stops a process. Production listens to none.

`before_write` and `written` are told by the gateways, the others by this package.
"""

from backend.gateways.outbound_call import Failpoint, no_failpoint

CLAIMED = "claimed"
ANSWERED = "answered"
RECEIPT_IN_HAND = "receipt_in_hand"

__all__ = ["ANSWERED", "CLAIMED", "RECEIPT_IN_HAND", "Failpoint", "no_failpoint"]
