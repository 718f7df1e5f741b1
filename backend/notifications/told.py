"""What a facility may know of a notice: told, or not told for a reason of its own making.

How somebody is told, and whether they read it, is theirs. A facility's key and its staff see one
of these words, made of what the facility itself has said and of nothing else.
"""

from enum import StrEnum
from typing import Final

from backend.core.i18n import LocalText
from backend.notifications.rules import FIRST_TEXTS_SPENT, PREFIX_BURST

TOLD: Final = "told"
NOT_TOLD: Final = "not_told"


class NotTold(StrEnum):
    """Why a facility's notice led to no delivery, or waits: listed in docs/errors.md."""

    NO_NUMBER = "no_number"
    BACKFILL = "backfill"
    WAITS = "waits"
    HELD_BACK = "held_back"
    OWN_BUDGET = "own_budget"
    INACTIVE = "inactive"
    DECEASED = "deceased"


IN_WORDS: Final[dict[NotTold, LocalText]] = {
    NotTold.NO_NUMBER: LocalText(
        "Cơ sở chưa cho số di động nào của bệnh nhân.",
        "The facility has given no mobile number of the patient that is right.",
    ),
    NotTold.BACKFILL: LocalText(
        "Việc đã qua quá lâu nên không báo.", "It happened too long ago to tell anybody."
    ),
    NotTold.WAITS: LocalText(
        "Chờ các kết quả khác của cùng chỉ định.", "It waits for other results of the same order."
    ),
    NotTold.HELD_BACK: LocalText(
        "Hồ sơ chưa được phép cho xem.", "Its record may not be seen yet."
    ),
    NotTold.OWN_BUDGET: LocalText(
        "Cơ sở đã nhắn quá nhiều; tin chờ tới lượt.",
        "The facility sent too many texts; this one waits for its turn.",
    ),
    NotTold.INACTIVE: LocalText(
        "Cơ sở ghi hồ sơ này là không còn dùng.", "The facility says that the chart is not in use."
    ),
    NotTold.DECEASED: LocalText("Cơ sở báo bệnh nhân đã mất.", "The facility says they have died."),
}

OWN_BUDGET: Final = (FIRST_TEXTS_SPENT, PREFIX_BURST, "chart_texts_spent")
"""Why a delivery is held, or was dropped, because the facility itself sent too much."""

WHEN_PLANNED: Final = (
    "(SELECT CASE WHEN p.deceased_at IS NOT NULL THEN 'deceased' WHEN NOT p.active THEN 'inactive'"
    " WHEN NOT EXISTS (SELECT FROM contact_point c WHERE c.patient = p.id AND c.kind = 'own'"
    "  AND c.proposed_by = p.facility AND c.declined_by <> 'desk' AND NOT EXISTS"
    "   (SELECT FROM number_report r WHERE r.contact = c.id AND r.undone_at IS NULL))"
    " THEN 'no_number' ELSE '' END FROM patient p WHERE p.id = w.patient)"
)
"""For the statement that plans a notice for the chart `w.patient`: a `NotTold`, or nothing. It is
decided once, by the facility's words until then."""

REASON: Final = (
    "CASE WHEN n.kept_back THEN 'held_back' WHEN n.not_told <> '' THEN n.not_told"
    " WHEN (SELECT true FROM delivery d WHERE d.notification = n.id"
    f"  AND d.reason IN {OWN_BUDGET!r} AND d.status IN ('held', 'suppressed') LIMIT 1)"
    " THEN 'own_budget' ELSE '' END"
)
"""For statements with the notification as `n`: a `NotTold`, or nothing for what is told. A scalar,
one look at an index for each notification: EXISTS may be answered by reading all deliveries."""
OF_DEFERRED: Final = "CASE WHEN n.until_released THEN 'held_back' ELSE 'waits' END"
"""The same for a notice that is deferred, as `n`."""
CAUSED_BY_FACILITY: Final = "n.received_event IS NOT NULL"
"""For both: a message of the facility caused it, so it is neither a code nor a security notice."""


def status_of(reason: str) -> str:
    return NOT_TOLD if reason else TOLD
