"""Every door of the API, and who may stand at it."""

from typing import Final

from litestar.types import ControllerRouterHandler, Guard

from backend.guards import open_to_all
from backend.health_api import Health

CONTROLLERS: Final[list[ControllerRouterHandler]] = [Health]
"""What the API answers. A controller that is not here is not reachable."""

GUARDS: Final[dict[Guard, str | None]] = {open_to_all: None}
"""The guards there are, and the security scheme of the contract that each one checks."""

SCHEMES: Final[dict[str, dict[str, str]]] = {
    "facilityKey": {
        "type": "http", "scheme": "bearer",
        "description": "The key a facility was given by `hub facility key`.",
    },
    "patientSession": {
        "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
        "description": "The access token of a signed-in patient. It lives ten minutes.",
    },
    "staffSession": {
        "type": "http", "scheme": "bearer",
        "description": "The token of a member of staff who signed in.",
    },
    "twilioSignature": {
        "type": "apiKey", "in": "header", "name": "X-Twilio-Signature",
        "description": "Twilio's signature over the address and the form.",
    },
}  # fmt: skip
