"""Sessions that tests open without a proof: of these charts, at this level."""

from uuid import UUID

from backend.auth.dpop.device_key import DeviceKey
from backend.auth.rules import Level
from backend.auth.sessions.devices import DeviceDetails
from backend.auth.sessions.session_charts import CODE, SLIP, Proved
from backend.auth.sessions.sessions import OpenedSession, Opening, open_session
from backend.core.database import transaction


async def open_for(
    *charts: UUID, level: Level = Level.OTP, proof: str | None = None, key: str = ""
) -> OpenedSession:
    """Open a session that reaches these charts, on a phone of its own or the one with this key."""
    by = proof or (SLIP if level is Level.DESK else CODE)
    async with transaction():
        return await open_session(
            Opening(
                charts=[Proved(chart=chart, level=level, proof=by) for chart in charts],
                device=DeviceDetails("android"),
                key=DeviceKey(key),
            )
        )
