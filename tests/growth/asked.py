"""What the hub asks PostgreSQL: the statements of its source, and the functions with their own."""

from collections.abc import Sequence
from typing import Final

from backend.auth.retention import EXPIRED
from backend.records.kinds import LISTED
from tests.harness.statements import every_statement

MAY_READ_EVERYTHING: Final = {
    "backend/bench/": "loads what is measured",
    "backend/key_rotation/": "an operator's command: it writes every row anew",
    "backend/sandbox/": "asks which databases there are",
    "backend/auth/facilities/facilities.py": "an operator makes a facility discreet",
    "backend.auth.identity.demographics._READ": "is sent with the id of a chart behind it",
}
NOT_PLANNED: Final = ("LOCK", "CALL")
CHART: Final = "(SELECT patient FROM result GROUP BY patient ORDER BY count(*) DESC LIMIT 1)"
"""Of whom there is most."""
ASKING: Final = {
    "session": f"SELECT session FROM session_chart WHERE chart = {CHART} LIMIT 1",
    "chart": f"SELECT {CHART}",
}

GATED: Final = "$1, NULL, 'test', '', NULL, NULL"
"""What the gate asks first: the session, of whom, what, from where, and how strongly."""
FUNCTIONS: Final[dict[str, tuple[str, Sequence[str]]]] = {
    "what is due for release": ("SELECT * FROM hub_due_for_release('{}')", ()),
    "releasing": ("SELECT * FROM hub_release_due($1, 9)", ("chart",)),
    "old tombstones": ("SELECT hub_purge_tombstones('500 days', 1000)", ()),
    "messages that wait": ("SELECT * FROM hub_waiting_messages('1 day')", ()),
    "what is late": ("SELECT * FROM hub_late('{1,2,3,4,5}', '1 minute')", ()),
    "streams": ("SELECT * FROM stream_marks(ARRAY[$1::uuid])", ("session",)),
    "changes": (f"SELECT * FROM read_changes_page({GATED}, '{{}}', '{{}}', '{{}}', '{{}}', 50)",
                ("session",)),
    **{
        f"a page of {kind.table}": (
            f"SELECT * FROM read_{kind.table}_page({GATED}, NULL, NULL, 21)", ("session",)
        )
        for kind in LISTED
    },
}  # fmt: skip
"""Those whose statements stand in no module, with the names of the values they are given."""


def of_the_source() -> dict[str, str]:
    """Give each statement that can be read from the source, with its place, and what forgets."""
    found, _ = every_statement()
    forgets = {
        f"backend/auth/retention.py: {table}": f"SELECT id FROM {table} WHERE ({over}) LIMIT 1000"
        for table, over in EXPIRED.items()
    }
    return forgets | {
        place: text
        for place, text in found.items()
        if not place.startswith(tuple(MAY_READ_EVERYTHING)) and not text.startswith(NOT_PLANNED)
    }
