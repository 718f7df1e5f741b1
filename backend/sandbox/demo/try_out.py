"""Makes the facility and the member of staff for `hub run` and `hub demo`."""

from typing import Any

from backend.auth.facilities.facilities import add_facility
from backend.auth.facilities.facility_keys import new_key
from backend.support.staff.staff import add_staff

FACILITY_CODE = "79999"


async def make_people() -> dict[str, Any]:
    """Make both, and give their secrets, only this once."""
    facility = await add_facility(FACILITY_CODE, "Bệnh viện Mẫu", "BV MAU", "19001234")
    key = await new_key(facility, "try-out")
    helper = await add_staff("try-out", "supervisor")
    return {
        "facility": {"code": FACILITY_CODE, "key": key},
        "staff": {
            "name": helper.name,
            "password": helper.password,
            "totpSecret": helper.totp_secret,
        },
    }
