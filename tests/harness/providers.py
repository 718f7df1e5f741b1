"""The two adapters, each before a peer that speaks its provider's protocol."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from backend.gateways.fcm.push import Fcm
from backend.gateways.outbound_call import Failpoint, no_failpoint
from backend.gateways.sender import OutboundMessage, Sender, SendResult
from backend.gateways.twilio.sms import TwilioSms
from tests.harness.peers.raw_http import Peer, Reply

PHONE = "+84912345678"
PUSH_TOKEN = "phone-of-lan:APA91bSecret"
TEXT = "Ban co ket qua moi. 7K2QX"
NUDGE = OutboundMessage(text=TEXT, title="BV Da khoa", notification=UUID(int=7), lifetime=600)

PUSHED = Reply(200, {"name": "projects/hub-test/messages/1"})

FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


@dataclass
class Provider:
    """An adapter, the peer it talks to, and how that peer says yes and no."""

    sender: Sender
    peer: Peer
    address: str
    yes: Reply
    provider_id: str
    nos: Mapping[int, Any]

    def no(self, status: int, **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Reply(status, self.nos.get(status, {}), named)

    async def send(
        self,
        *,
        attempt: UUID | None = None,
        seconds: float = 30.0,
        text: str = TEXT,
        until: float | None = None,
    ) -> SendResult:
        message = OutboundMessage(text=text, title=NUDGE.title, notification=NUDGE.notification)
        deadline = monotonic() + seconds if until is None else until
        return await self.sender.send(
            self.address, message, attempt=attempt or uuid4(), wire_deadline=deadline
        )


def twilio_at(
    peer: Peer, *, timeout: float = 5.0, in_flight: int = 200, failpoint: Failpoint = no_failpoint
) -> TwilioSms:
    return TwilioSms(
        account_sid="AC1",
        auth_token="auth-secret",
        sender_id="BVDAKHOA",
        base_url=peer.address,
        receipts_url="https://hub.example.vn/providers/twilio/receipts",
        timeout=timeout,
        in_flight=in_flight,
        failpoint=failpoint,
    )


def fcm_at(
    peer: Peer,
    key_file: Path,
    *,
    timeout: float = 5.0,
    in_flight: int = 200,
    failpoint: Failpoint = no_failpoint,
) -> Fcm:
    return Fcm(
        service_account_path=str(key_file),
        base_url=peer.address,
        timeout=timeout,
        in_flight=in_flight,
        failpoint=failpoint,
    )


async def push(
    fcm: Fcm, address: str = PUSH_TOKEN, message: OutboundMessage = NUDGE, seconds: float = 30
) -> SendResult:
    return await fcm.send(address, message, attempt=uuid4(), wire_deadline=monotonic() + seconds)


def a_private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def a_service_account(folder: Path, private_key: str, google: Peer) -> Path:
    file = folder / "service-account.json"
    account = {
        "type": "service_account",
        "project_id": "hub-test",
        "private_key_id": "1",
        "private_key": private_key,
        "client_email": "hub@hub-test.iam.example",
        "token_uri": f"{google.address}/token",
    }
    file.write_text(json.dumps(account))
    return file


def a_token(name: str = "token-1", seconds: int = 3600) -> Reply:
    body = {"access_token": name, "expires_in": seconds, "token_type": "Bearer"}
    return Reply(200, body)


def fcm_says(status: int, code: str, *details: Mapping[str, Any]) -> Reply:
    error = {"code": status, "message": f"{PHONE} {TEXT}", "status": code, "details": details}
    return Reply(status, {"error": error})


def fcm_error(code: str) -> dict[str, str]:
    return {"@type": FCM_ERROR, "errorCode": code}


def bad_request(*fields: str) -> dict[str, Any]:
    violations = [{"field": each, "description": "wrong"} for each in fields]
    return {"@type": BAD_REQUEST, "fieldViolations": violations}


def twilio_says(status: int, code: int) -> Reply:
    return Reply(status, {"code": code, "message": f"{PHONE} {TEXT}", "status": status})
