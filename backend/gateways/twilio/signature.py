"""Checks Twilio's signature on a receipt, and reads the receipt in the hub's words."""

from collections.abc import Mapping
from typing import Final

from twilio.request_validator import (  # type: ignore[import-untyped]  # twilio has no types
    HMAC_SHA1,
    HMAC_SHA256,
    RequestValidator,
    get_signature_algorithm,
)

from backend.gateways.sender import FailureScope, Receipt, ReceiptRank

RANKS: Final[Mapping[str, ReceiptRank]] = {
    "accepted": ReceiptRank.ACCEPTED,
    "scheduled": ReceiptRank.ACCEPTED,
    "queued": ReceiptRank.ACCEPTED,
    "sending": ReceiptRank.SENDING,
    "sent": ReceiptRank.SENT,
    "failed": ReceiptRank.FAILED,
    "undelivered": ReceiptRank.FAILED,
    "canceled": ReceiptRank.FAILED,
    "delivered": ReceiptRank.DELIVERED,
    "read": ReceiptRank.READ,
}
"""Twilio's words for the status of a message (MessageStatus), in the hub's ranks."""
DEAD_NUMBER: Final = frozenset({"21211", "21610", "21614", "30005", "30006"})
"""Twilio's error codes that say the number itself does not work."""
UNREACHABLE: Final = "30003"
"""Twilio's error code for a phone that is off."""
_CODE_DIGITS: Final = 6


def signed_by_twilio(
    auth_token: str,
    url: str,
    params: Mapping[str, str] | str,
    signature: str,
    settings_header: str | None = None,
) -> bool:
    """Check the signature over the exact public address and the form (or the JSON text).

    `settings_header` is X-Twilio-Webhooks-Signature-Settings; without it the hash is SHA-1.
    """
    algorithm = str(get_signature_algorithm(settings_header)).upper()
    if not auth_token or not signature or algorithm not in {HMAC_SHA1, HMAC_SHA256}:
        return False
    return bool(RequestValidator(auth_token).validate(url, params, signature, algorithm))


def receipt_of(form: Mapping[str, str]) -> Receipt:
    """Read a status callback: the form that Twilio posts."""
    word, code = form.get("MessageStatus", ""), _number(form.get("ErrorCode", ""))
    return Receipt(
        provider_id=form.get("MessageSid", "")[:64],
        word=word,
        rank=RANKS.get(word),
        code=code,
        failure_scope=FailureScope.ADDRESS if code in DEAD_NUMBER else FailureScope.NOBODY,
        unreachable=code == UNREACHABLE,
    )


def _number(code: str) -> str:
    """Give an error code of Twilio's, which has five digits; longer numbers could be phones."""
    return code if code.isdecimal() and len(code) <= _CODE_DIGITS else ""
