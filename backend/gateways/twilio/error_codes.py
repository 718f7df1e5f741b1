"""Maps Twilio's answers to the hub's four outcomes."""

from http import HTTPStatus

from backend.gateways.outbound_call import Call
from backend.gateways.sender import FailureScope, SendOutcome, SendResult

OUTCOMES: dict[int, tuple[SendOutcome, FailureScope]] = {
    # Twilio's own error codes, then HTTP statuses for answers without a code we know.
    21211: (SendOutcome.REFUSED, FailureScope.ADDRESS),  # not a phone number
    21614: (SendOutcome.REFUSED, FailureScope.ADDRESS),  # not a mobile number
    21610: (SendOutcome.REFUSED, FailureScope.ADDRESS),  # the patient replied STOP
    # Nobody's blame: one visitor's foreign number must not stop the channel for everyone.
    21408: (SendOutcome.REFUSED, FailureScope.NOBODY),  # its country is not enabled
    21612: (SendOutcome.REFUSED, FailureScope.NOBODY),  # our sender does not reach it
    21602: (SendOutcome.REFUSED, FailureScope.MESSAGE),  # empty text
    21617: (SendOutcome.REFUSED, FailureScope.MESSAGE),  # over 1600 characters
    20003: (SendOutcome.TRY_LATER, FailureScope.CHANNEL),  # wrong credential
    20005: (SendOutcome.TRY_LATER, FailureScope.CHANNEL),  # account not active
    21212: (SendOutcome.TRY_LATER, FailureScope.CHANNEL),  # our sender id is not valid
    21606: (SendOutcome.TRY_LATER, FailureScope.CHANNEL),  # our sender id is not ours
    20429: (SendOutcome.TRY_LATER, FailureScope.NOBODY),
    21611: (SendOutcome.TRY_LATER, FailureScope.NOBODY),  # our sender's queue is full
    HTTPStatus.UNAUTHORIZED: (SendOutcome.TRY_LATER, FailureScope.CHANNEL),
    HTTPStatus.TOO_MANY_REQUESTS: (SendOutcome.TRY_LATER, FailureScope.NOBODY),
}
"""Looked up for 4xx only; what is not here is in doubt."""


def accepted(sid: object) -> SendResult:
    if isinstance(sid, str) and sid:
        return SendResult(SendOutcome.ACCEPTED, provider_id=sid)
    return SendResult(SendOutcome.IN_DOUBT, code="no_sid")


def refused(said: object, call: Call) -> SendResult:
    """Map a refusal by its own code first, then by its HTTP status."""
    code = said if isinstance(said, int) else call.status
    unknown = (SendOutcome.IN_DOUBT, FailureScope.NOBODY)
    outcome, failure_scope = unknown
    if HTTPStatus.BAD_REQUEST <= call.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        outcome, failure_scope = OUTCOMES.get(code) or OUTCOMES.get(call.status, unknown)
    return SendResult(
        outcome, code=str(code), retry_after=call.retry_after, failure_scope=failure_scope
    )
