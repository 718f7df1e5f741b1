"""Routes for providers: they post receipts, each signed over the exact public address."""

from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from litestar import Controller, Request, post
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from litestar.status_codes import HTTP_204_NO_CONTENT

from backend.core.audit import Act
from backend.core.errors import HubError
from backend.core.http.client_address import client_address
from backend.core.metrics import FORGED_RECEIPTS
from backend.core.refusals import note_refusal
from backend.core.settings import load_settings
from backend.gateways.twilio.signature import receipt_of, signed_by_twilio
from backend.notifications.delivery.receipts import note_receipt

Connection = ASGIConnection[Any, Any, Any, Any]
_FORM = "application/x-www-form-urlencoded"


class NotSigned(HubError):
    """The request does not carry the provider's signature."""

    code = "not_signed"
    status = 403


async def signed_by_provider(connection: Connection, _: BaseRouteHandler) -> None:
    """Check the signature over the public address of the settings, never of a proxy's header."""
    assert isinstance(connection, Request), "only HTTP routes are signed"
    settings = load_settings()
    raw_path = connection.scope["raw_path"].decode("latin-1")
    query = connection.scope["query_string"].decode("latin-1")
    signed = signed_by_twilio(
        settings.twilio_auth_token.get_secret_value(),
        f"{settings.public_url}{raw_path}" + (f"?{query}" if query else ""),
        await _form(connection),
        connection.headers.get("X-Twilio-Signature", ""),
        connection.headers.get("X-Twilio-Webhooks-Signature-Settings"),
    )
    if not signed:
        FORGED_RECEIPTS.inc()
        await note_refusal(
            Act(actor_kind="system", action="receipt.forged", result="refused",
                from_where=client_address(connection))
        )  # fmt: skip
        raise NotSigned


async def _form(request: Request[Any, Any, Any]) -> dict[str, str]:
    body = (await request.body()).decode("utf-8", "replace")
    return dict(parse_qsl(body, keep_blank_values=True))


class TwilioReceipts(Controller):
    path = "/providers/twilio/receipts"
    guards = [signed_by_provider]
    tags = ["providers"]

    @post("/{attempt:uuid}", status_code=HTTP_204_NO_CONTENT)
    async def receive(self, request: Request[Any, Any, Any], attempt: FromPath[UUID]) -> None:
        """Take one status callback from Twilio."""
        receipt = receipt_of(await _form(request))
        await note_receipt(attempt, receipt, request.app.state.failpoint)
