"""Says which charts a verified identity opens, and which it only finds."""

from uuid import UUID

from backend.auth.access.chart_turn import share_turn
from backend.auth.identity.blind_index import charts_having, hashes_of, lock_identifiers
from backend.auth.identity.demographics import unseal_birth_date
from backend.auth.phones.phones import TAKES_CODES
from backend.auth.rules import Level
from backend.auth.sessions.session_charts import FOUND, VNEID, Proved
from backend.auth.sign_in.pairs import CITIZEN, OWN_MOBILE
from backend.auth.vneid.rules import BirthMatch, match_of
from backend.core.database import Row, fetch

_WITH_NUMBER = (
    "SELECT p.id, p.facility, p.birth_date, c.id AS contact FROM patient p"
    " JOIN facility f ON f.id = p.facility AND NOT f.discreet"
    f" LEFT JOIN LATERAL {OWN_MOBILE} c ON p.active AND {TAKES_CODES}"
    " WHERE p.deceased_at IS NULL AND p.id IN (SELECT l.patient FROM patient_lookup l"
    f"  WHERE l.kind = '{CITIZEN}' AND l.hash = ANY($1::bytea[])) ORDER BY p.id"
)


async def proved_by_vneid(number: str, birth_date: str | None) -> list[Proved]:
    """Open the charts with this citizen id and the same whole birth date; find those that may fit.

    Joins the caller's transaction. Of two charts of one facility the first that opens is meant.
    """
    await lock_identifiers([(CITIZEN, number)])
    await share_turn(await charts_having([(CITIZEN, number)]))
    hashes = hashes_of(CITIZEN, number)
    rows = await fetch(_WITH_NUMBER, hashes)
    chosen: dict[UUID, Proved] = {}
    for row in rows:
        proved = _proved(row, birth_date, hashes)
        before = chosen.get(row["facility"])
        if proved is not None and (before is None or (before.is_found and not proved.is_found)):
            chosen[row["facility"]] = proved
    return list(chosen.values())


def _proved(row: Row, birth_date: str | None, hashes: list[bytes]) -> Proved | None:
    chart: UUID = row["id"]
    match match_of(unseal_birth_date(row["birth_date"], chart), birth_date):
        case BirthMatch.SAME:
            return Proved(chart=chart, level=Level.VNEID, proof=VNEID)
        case BirthMatch.FITS:
            return Proved(
                chart=chart, level=FOUND, proof=VNEID, contact=row["contact"], found_by=hashes,
                yes_takes_code=True,
            )  # fmt: skip
        case BirthMatch.CONTRADICTS:
            return None
