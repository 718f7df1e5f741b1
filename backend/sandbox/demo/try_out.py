"""Makes three facilities, each with a key and staff of its own, for `hub run` and `hub demo`."""

from typing import Any

from backend.auth.facilities.facilities import add_facility
from backend.auth.facilities.facility_keys import new_key
from backend.support.staff.staff import add_staff

FACILITY_CODE = "79999"


async def make_people() -> dict[str, Any]:
    """Make them, and give their secrets, only this once. Staff meet charts of their own facility.

    The others are there because a person has a chart at each: that shows only with several.
    """
    first = await _facility(FACILITY_CODE, "Bệnh viện Mẫu", "BV MAU", "19001234", "try-out")
    others = [
        await _facility("79998", "Phòng khám Sông Quê", "PK SONG QUE", "19005678", "try-out-2"),
        await _facility("79997", "Bệnh viện Đồi Thông", "BV DOI THONG", "19009012", "try-out-3"),
    ]
    return first | {"others": others}


async def _facility(code: str, name: str, short: str, hotline: str, helper: str) -> dict[str, Any]:
    facility = await add_facility(code, name, short, hotline)
    key = await new_key(facility, "try-out")
    staff = await add_staff(helper, "supervisor", facility)
    return {"facility": {"code": code, "key": key}, "staff": staff.in_the_open()}
