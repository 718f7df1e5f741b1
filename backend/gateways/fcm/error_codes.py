"""Maps Firebase's answers to the hub's four outcomes."""

from http import HTTPStatus

import msgspec
from firebase_admin import messaging
from msgspec import Struct, field

from backend.gateways.sender import FailureScope, SendOutcome, SendResult

ANY = "any other"
INVALID_TOKEN = "INVALID_ARGUMENT.token"  # noqa: S105  # a code, not a secret
INVALID_PAYLOAD = "INVALID_ARGUMENT.payload"

OUTCOMES: dict[tuple[int, str], tuple[SendOutcome, FailureScope]] = {
    (404, "UNREGISTERED"): (SendOutcome.REFUSED, FailureScope.ADDRESS),  # the app is gone
    (403, "SENDER_ID_MISMATCH"): (
        SendOutcome.REFUSED,
        FailureScope.ADDRESS,
    ),  # another project's token
    (400, INVALID_TOKEN): (SendOutcome.REFUSED, FailureScope.ADDRESS),
    (400, INVALID_PAYLOAD): (SendOutcome.REFUSED, FailureScope.MESSAGE),
    (401, ANY): (
        SendOutcome.TRY_LATER,
        FailureScope.CHANNEL,
    ),  # THIRD_PARTY_AUTH_ERROR: Apple's key
    (403, ANY): (SendOutcome.TRY_LATER, FailureScope.CHANNEL),
    (429, ANY): (SendOutcome.TRY_LATER, FailureScope.NOBODY),
}
"""What is not here is in doubt."""

QUOTA_SECONDS = 60.0
"""How long Firebase asks us to wait when it does not say."""

CODES = frozenset(
    {
        "UNREGISTERED", "SENDER_ID_MISMATCH", "INVALID_ARGUMENT", "THIRD_PARTY_AUTH_ERROR",
        "APNS_AUTH_ERROR", "QUOTA_EXCEEDED", "UNAVAILABLE", "INTERNAL", "UNSPECIFIED_ERROR",
        "UNAUTHENTICATED", "PERMISSION_DENIED", "NOT_FOUND", "RESOURCE_EXHAUSTED",
    }
)  # fmt: skip
"""Words we repeat; anything else an answer says stays where it is."""

_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
_ADDRESS_FIELDS = {"message.token", "message.fid"}


class _Violation(Struct, frozen=True):
    field: str = ""


class _Detail(Struct, frozen=True, rename="camel"):
    kind: str = field(name="@type", default="")
    error_code: str = ""
    field_violations: list[_Violation] = []


class _Error(Struct, frozen=True):
    status: str = ""
    details: list[_Detail] = []


class _Body(Struct, frozen=True):
    error: _Error = _Error()


def understood(response: messaging.SendResponse, retry_after: float | None) -> SendResult:
    """Map an error by its code, since the SDK's classes do not cover every code."""
    if response.exception is None:
        return _accepted(response.message_id)
    answer = response.exception.http_response
    if answer is None:
        raise response.exception  # no answer at all
    code = _code(answer.content)
    meaning = OUTCOMES.get((answer.status_code, code)) or OUTCOMES.get((answer.status_code, ANY))
    outcome, failure_scope = meaning or (SendOutcome.IN_DOUBT, FailureScope.NOBODY)
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS and retry_after is None:
        retry_after = QUOTA_SECONDS
    return SendResult(
        outcome,
        code=code or f"http_{answer.status_code}",
        retry_after=retry_after,
        failure_scope=failure_scope,
    )


def _accepted(name: object) -> SendResult:
    if isinstance(name, str) and name:
        return SendResult(SendOutcome.ACCEPTED, provider_id=name)
    return SendResult(SendOutcome.IN_DOUBT, code="no_name")


def _code(content: bytes) -> str:
    """Name what went wrong; an invalid argument is about the token only if FCM itself says so."""
    try:
        error = msgspec.json.decode(content, type=_Body).error
    except msgspec.MsgspecError:
        return ""
    said = next((detail.error_code for detail in error.details if detail.kind == _FCM_ERROR), "")
    code = said or error.status
    if code != "INVALID_ARGUMENT":
        return code if code in CODES else ""
    wrong = [detail for detail in error.details if detail.kind == _BAD_REQUEST]
    if not wrong:
        return INVALID_TOKEN if said else code
    return INVALID_TOKEN if said and all(map(_about_the_address, wrong)) else INVALID_PAYLOAD


def _about_the_address(detail: _Detail) -> bool:
    fields = {violation.field for violation in detail.field_violations}
    return bool(fields) and fields <= _ADDRESS_FIELDS
