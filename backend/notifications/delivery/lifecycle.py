"""Changes the status of deliveries; every `WHERE` is made from `delivery_status.py`."""

from backend.notifications.delivery_status import NEXT, Status


def _pairs() -> str:
    allowed = [
        f"('{before.value}','{after.value}')" for before, then in NEXT.items() for after in then
    ]
    return ", ".join(sorted(allowed))


MAY_MOVE = f"(d.status, a.status) IN ({_pairs()})"
"""For statements with the delivery as `d` and the wanted status as `a.status`."""

ENDS = ", ".join(
    sorted(
        f"'{status.value}'"
        for status in Status
        if not NEXT[status] or status in {Status.REFUSED, Status.TECHNICAL_FAILURE}
    )
)
"""The statuses at which a delivery has ended, as far as anybody knows now."""
