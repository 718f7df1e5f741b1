"""What Twilio's answers mean in the hub's four words."""

from http import HTTPStatus

from backend.gateways.outbound_call import Call
from backend.gateways.sender import Blame, Outcome, SendResult

OUTCOMES: dict[int, tuple[Outcome, Blame]] = {
    # Twilio's own error codes, then HTTP statuses for answers without a code we know.
    21211: (Outcome.REFUSED, Blame.ADDRESS),  # not a phone number
    21614: (Outcome.REFUSED, Blame.ADDRESS),  # not a mobile number
    21610: (Outcome.REFUSED, Blame.ADDRESS),  # the patient replied STOP
    # Nobody's blame: one visitor's foreign number must not stop the channel for everyone.
    21408: (Outcome.REFUSED, Blame.NOBODY),  # its country is not enabled
    21612: (Outcome.REFUSED, Blame.NOBODY),  # our sender does not reach it
    21602: (Outcome.REFUSED, Blame.MESSAGE),  # empty text
    21617: (Outcome.REFUSED, Blame.MESSAGE),  # over 1600 characters
    20003: (Outcome.TRY_LATER, Blame.CHANNEL),  # wrong credential
    20005: (Outcome.TRY_LATER, Blame.CHANNEL),  # account not active
    21212: (Outcome.TRY_LATER, Blame.CHANNEL),  # our sender id is not valid
    21606: (Outcome.TRY_LATER, Blame.CHANNEL),  # our sender id is not ours
    20429: (Outcome.TRY_LATER, Blame.NOBODY),
    21611: (Outcome.TRY_LATER, Blame.NOBODY),  # our sender's queue is full
    HTTPStatus.UNAUTHORIZED: (Outcome.TRY_LATER, Blame.CHANNEL),
    HTTPStatus.TOO_MANY_REQUESTS: (Outcome.TRY_LATER, Blame.NOBODY),
}
"""Looked up for 4xx only; what is not here is in doubt."""


def accepted(sid: object) -> SendResult:
    if isinstance(sid, str) and sid:
        return SendResult(Outcome.ACCEPTED, provider_id=sid)
    return SendResult(Outcome.IN_DOUBT, code="no_sid")


def refused(said: object, call: Call) -> SendResult:
    """Read a refusal by its own code first, then by its HTTP status."""
    code = said if isinstance(said, int) else call.status
    unknown = (Outcome.IN_DOUBT, Blame.NOBODY)
    outcome, blame = unknown
    if HTTPStatus.BAD_REQUEST <= call.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        outcome, blame = OUTCOMES.get(code) or OUTCOMES.get(call.status, unknown)
    return SendResult(outcome, code=str(code), retry_after=call.retry_after, blame=blame)
