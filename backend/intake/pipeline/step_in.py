"""Steps into intake's role for one facility, and reads what that facility has set."""

from dataclasses import dataclass
from uuid import UUID

import msgspec

from backend.auth.identity.number_systems import DECLARED, numbering_from
from backend.auth.identity.numbering import Numbering
from backend.core.database import fetch_one
from backend.records.lifecycle.release_policies import POLICIES, read_policies
from backend.records.visibility.release_rules import Policies


@dataclass(frozen=True, slots=True)
class FacilityFacts:
    """What intake knows of the facility before it knows the patient."""

    name: str
    """As patients read it."""
    policies: Policies
    numbering: Numbering


async def step_in(facility: UUID, patience: str = "0") -> FacilityFacts:
    """Be `hub_intake` for the rest of the transaction; give what the facility has set.

    A statement over a set is planned once: planning it anew each time cost more than running it.

    Args:
        facility: whose messages are taken in.
        patience: how long a statement waits for a lock, as PostgreSQL reads it; "0": without end.
    """
    row = await fetch_one(
        f"SELECT name, {POLICIES} AS policies, {DECLARED} AS declared, open_intake(id),"
        " set_config('lock_timeout', $2, true),"
        " set_config('plan_cache_mode', 'force_generic_plan', true) FROM facility WHERE id = $1",
        facility, patience,
    )  # fmt: skip
    assert row, "a guard has just accepted its key"
    numbering = numbering_from(facility, msgspec.json.decode(row["declared"]))
    return FacilityFacts(row["name"], read_policies(row["policies"]), numbering)
