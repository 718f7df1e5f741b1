"""Sends pushes to Firebase Cloud Messaging: the SDK's messages and errors, our own transport."""

import asyncio
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

import firebase_admin
import httpx
import msgspec
from firebase_admin import credentials, messaging

from backend.gateways.fcm.credential import Credential, CredentialFailed
from backend.gateways.fcm.error_codes import understood
from backend.gateways.fcm.message import fits_payload, push_to
from backend.gateways.outbound_call import Call, Failpoint, no_failpoint, outbound_call
from backend.gateways.sender import FailureScope, OutboundMessage, SendOutcome, SendResult
from backend.gateways.transport import HttpTransport


class UnknownSdk(Exception):
    """The installed firebase-admin keeps its HTTP client somewhere else."""


class Fcm:
    """Sends each push with one request; the SDK's own retries (500, 503, 401, resets) are off."""

    def __init__(
        self,
        *,
        service_account_path: str,
        base_url: str,
        timeout: float = 10.0,
        in_flight: int = 200,
        failpoint: Failpoint = no_failpoint,
    ) -> None:
        certificate = credentials.Certificate(service_account_path)
        self._credential = Credential(certificate.get_credential())
        self._wire = HttpTransport(base_url, answer_seconds=timeout, in_flight=in_flight)
        self._app = firebase_admin.initialize_app(certificate, name=f"patient-hub-{uuid4()}")
        self._failpoint = failpoint
        self._closed = False
        take_over(self._app, _OnOurWire(self._wire, self._credential))

    async def send(
        self, address: str, message: OutboundMessage, *, attempt: UUID, wire_deadline: float
    ) -> SendResult:
        with outbound_call(Call(attempt, wire_deadline, self._failpoint)) as call:
            try:
                push = push_to(address, message)
                if not fits_payload(push):
                    return SendResult(
                        SendOutcome.REFUSED, code="too_large", failure_scope=FailureScope.MESSAGE
                    )
                token = await call.before_deadline(self._credential.ready())
                batch = await messaging.send_each_async([push], dry_run=False, app=self._app)
                if call.status == HTTPStatus.UNAUTHORIZED:
                    self._credential.refuse(token)
                return understood(batch.responses[0], call.retry_after)
            except CredentialFailed:
                return SendResult(
                    SendOutcome.TRY_LATER, code="credential", failure_scope=FailureScope.CHANNEL
                )
            except Exception as surprise:  # noqa: BLE001  # one provider's bug must not stop the rest
                return call.in_doubt(surprise)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        await self._credential.close()
        await self._wire.close()
        # The SDK closes with asyncio.run(), which a running loop does not allow.
        await asyncio.to_thread(firebase_admin.delete_app, self._app)


def take_over(app: firebase_admin.App, client: object) -> None:
    """Replace the SDK's HTTP client by ours: the SDK has no option for address or retries."""
    try:
        service = messaging._get_messaging_service(app)  # noqa: SLF001  # guarded right here
        _ = service._async_client  # noqa: SLF001  # the one attribute we replace
    except AttributeError:
        raise UnknownSdk(f"firebase-admin {firebase_admin.__version__}") from None
    service._async_client = client  # noqa: SLF001  # as above


class _OnOurWire:
    """Answers the one question firebase-admin asks its HTTP client, with exactly one request."""

    def __init__(self, wire: HttpTransport, credential: Credential) -> None:
        self._wire = wire
        self._credential = credential

    async def request(
        self, method: str, url: str, *, headers: dict[str, str], json: Any
    ) -> "httpx.Response | _Taken":
        answer = await self._wire.exchange(
            method.upper(),
            url,
            headers={
                **headers,
                "Authorization": f"Bearer {self._credential.bearer}",
                "Content-Type": "application/json",
            },
            body=msgspec.json.encode(json),
        )
        if answer.status == HTTPStatus.OK:
            return _Taken(answer.body)
        return httpx.Response(
            answer.status, content=answer.body, request=httpx.Request(method, url)
        ).raise_for_status()

    async def aclose(self) -> None:
        """Leave the wire open: it is closed in the loop it belongs to."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """All that firebase-admin reads of a 200; httpx's own response costs more than the rest."""

    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)
