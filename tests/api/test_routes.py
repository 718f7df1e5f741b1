"""Nothing of the hub is open by forgetting."""

import pytest
from litestar.handlers import HTTPRouteHandler

from backend.api.routes import GUARDS
from backend.auth.access.guards import sent_by_facility, signed_in
from backend.core.http.public import open_to_all
from backend.notifications.delivery.provider_api import signed_by_provider
from backend.support.staff.guards import signed_in_staff
from tests.harness.routes import ROUTES

BY_AUDIENCE = {
    "/v1/": signed_in,
    "/hospital/": sent_by_facility,
    "/fhir/": sent_by_facility,
    "/support/": signed_in_staff,
    "/providers/": signed_by_provider,
}
"""Who must stand at the endpoints below an address."""

OPEN = {
    "/health/live", "/health/ready", "/openapi.json", "/docs",
    "/v1/sign-in/codes", "/v1/sign-in/sessions", "/v1/sign-in/refresh",
    "/v1/sign-in/activations", "/v1/sign-in/vneid", "/v1/sign-in/vneid/callback",
    "/v1/sign-in/methods", "/v1/status", "/support/v1/sign-in",
    "/fhir/R4/metadata", "/v1/printed-summaries/checks", "/printed",
}  # fmt: skip
"""Every address that asks for nobody. A new one is added here on purpose, or not at all."""


@pytest.mark.parametrize(
    ("method", "path", "handler"), ROUTES, ids=[" ".join(d[:2]) for d in ROUTES]
)
def test_somebody_stands_at_the_endpoint(method: str, path: str, handler: HTTPRouteHandler) -> None:
    standing = [guard for guard in handler.resolve_guards() if guard in GUARDS]

    if path in OPEN:
        assert standing == [open_to_all]
    else:
        expected = next((g for start, g in BY_AUDIENCE.items() if path.startswith(start)), None)
        assert expected, "nobody has said who may come in here"
        assert standing == [expected]


def test_every_audience_has_an_endpoint() -> None:
    found = {guard for _, _, handler in ROUTES for guard in handler.resolve_guards()}

    assert found == set(GUARDS)
