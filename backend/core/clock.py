"""The only source of the time that people see, so that a test can move it.

Leases and due times are compared by PostgreSQL's `hub_clock()`; deadlines inside a process use
`time.monotonic()`.
"""

from datetime import UTC, datetime


def now() -> datetime:
    """Give the present instant, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251  # this is the clock the ban points to
