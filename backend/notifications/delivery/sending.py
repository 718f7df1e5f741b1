"""Sends one claimed delivery: decides again, writes the text, makes one call."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.auth.credentials.one_time_codes import make_code
from backend.core.clock import now
from backend.core.log import log
from backend.core.odd_rows.row_isolation import is_about_the_row
from backend.gateways.sender import (
    Channel,
    Lister,
    ListingFailed,
    OutboundMessage,
    Senders,
    SendOutcome,
    SendResult,
)
from backend.notifications.delivery.claims import Claim
from backend.notifications.delivery.outcomes import AttemptResult, classify
from backend.notifications.delivery_status import Status
from backend.notifications.failpoints import ANSWERED, CLAIMED, Failpoint, no_failpoint
from backend.notifications.kinds import CODES
from backend.notifications.planning.templates import TemplateContext, push_message, text_message
from backend.notifications.rules import UNREADABLE, suppression

BEFORE = timedelta(minutes=5)
"""How far before an attempt's start the provider's list is searched: its clock may differ."""


@dataclass(frozen=True, slots=True)
class Providers:
    """The senders and listers of one worker."""

    senders: Senders
    lister: Lister
    failpoint: Failpoint = no_failpoint


async def send(claim: Claim, outside: Providers) -> AttemptResult:
    """Send one claimed delivery. Never raises: an error of unknown meaning is in doubt."""
    await outside.failpoint(CLAIMED, claim.attempt)
    refusal = suppression(claim.present, now())
    if refusal is not None:
        return AttemptResult(claim, "not_sent", *refusal)
    try:
        answer = await _call(claim, outside)
    except Exception as surprise:  # noqa: BLE001  # one bug must not stop the rest; it is in doubt
        log.error("sending_failed", delivery=claim.delivery, error=type(surprise).__name__)
        result = SendResult(SendOutcome.IN_DOUBT, code=type(surprise).__name__)
        answer = classify(claim, result, _jitter())
    await outside.failpoint(ANSWERED, claim.attempt)
    return answer


async def _call(claim: Claim, outside: Providers) -> AttemptResult:
    if claim.verify_first:
        found = await _look(claim, outside.lister)
        if found is not None:
            return classify(claim, found, _jitter())
    try:
        message = await _worded(claim)
    except Exception as surprise:  # noqa: BLE001  # not in doubt: nothing has left yet
        return _not_worded(claim, surprise)
    if message is None:
        return AttemptResult(claim, "not_sent", Status.EXPIRED, "code_too_late")
    sender = outside.senders.get(claim.channel)
    if sender is None:
        return AttemptResult(claim, "not_sent", Status.TECHNICAL_FAILURE, "no_such_channel")
    result = await sender.send(
        claim.address, message, attempt=claim.attempt, wire_deadline=claim.wire_deadline
    )
    return classify(claim, result, _jitter())


async def _look(claim: Claim, lister: Lister) -> SendResult | None:
    """Ask once more, right before a repeat; None when the text is certainly not there."""
    try:
        provider_id = await find_text(
            lister, claim.address, claim.reference, claim.accepted_at - BEFORE
        )
    except ListingFailed:
        return SendResult(SendOutcome.TRY_LATER, code="listing_failed")
    if provider_id is None:
        return None
    return SendResult(SendOutcome.ACCEPTED, provider_id=provider_id, code="found_in_list")


async def find_text(lister: Lister, address: str, reference: str, since: datetime) -> str | None:
    """Find our text in the provider's list by the reference at its end; None if it is missing."""
    for listed in await lister.listed(address, since):
        if listed.text.endswith(reference):
            return listed.provider_id
    return None


def _not_worded(claim: Claim, surprise: Exception) -> AttemptResult:
    """End what cannot be worded; try again later where the row is not to blame."""
    log.error("wording_failed", delivery=claim.delivery, error=type(surprise).__name__)
    if not is_about_the_row(surprise):
        later = SendResult(SendOutcome.TRY_LATER, code="wording_failed")
        return classify(claim, later, _jitter())
    return AttemptResult(claim, "not_sent", *UNREADABLE)


async def _worded(claim: Claim) -> OutboundMessage | None:
    """Word the message; a code is made here and nowhere else. None when its time is over."""
    code = ""
    if claim.kind in CODES:
        made = await make_code(claim.subject)
        if made is None:
            return None
        code = made
    facts = TemplateContext(
        kind=claim.kind,
        language=claim.language,
        facility=claim.facility,
        hotline=claim.hotline,
        reference=claim.reference,
        notification=claim.notification,
        lifetime=max(1, int((claim.present.expires_at - now()).total_seconds())),
        ticket=claim.ticket,
        counter=claim.counter,
        starts_at=claim.starts_at,
        code=code,
        hint=claim.ticket if claim.kind in CODES else "",
    )
    return text_message(facts) if claim.channel is Channel.SMS else push_message(facts)


def _jitter() -> float:
    return secrets.randbelow(1_000_001) / 1_000_000
