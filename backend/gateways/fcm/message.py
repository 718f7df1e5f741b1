"""Writes a push: a short text and an opaque id; a second push replaces the first."""

import re

from firebase_admin import messaging

from backend.core.clock import now
from backend.gateways.sender import OutboundMessage

LARGEST_PAYLOAD = 4096
_WITHOUT_WORDS = 640
"""More than a push of ours has without title, text and address."""
_LONGEST_LETTER = 12
"""A letter that is escaped as a pair of surrogates."""
LONGEST_LIFETIME = 28 * 24 * 3600

_INSTALLATION_ID = re.compile(r"[cdef][\w-]{21}", re.ASCII)
"""A Firebase installation id; whatever else is a registration token, which FCM phases out."""


def push_to(address: str, message: OutboundMessage) -> messaging.Message:
    mark = str(message.notification) if message.notification else None
    lifetime = max(0, min(message.lifetime, LONGEST_LIFETIME))
    push = messaging.Message(
        notification=messaging.Notification(title=message.title or None, body=message.text),
        data={"notification": mark} if mark else None,
        # No collapse key: FCM keeps four a device and would drop the fifth notification.
        android=messaging.AndroidConfig(
            priority="high", ttl=lifetime, notification=messaging.AndroidNotification(tag=mark)
        ),
        apns=messaging.APNSConfig(headers=_apns_headers(mark, lifetime)),
    )
    # Not given to the constructor, which warns about every token.
    if _INSTALLATION_ID.fullmatch(address):
        push.fid = address
    else:
        push.token = address
    return push


def fits_payload(push: messaging.Message) -> bool:
    """Measure with letters escaped, which is never less than what is sent.

    A short one fits for certain, and is not written only to be measured.
    """
    letters = len(push.notification.title or "") + len(push.notification.body or "")
    address = push.token or getattr(push, "fid", None) or ""
    if _WITHOUT_WORDS + _LONGEST_LETTER * (letters + len(address)) <= LARGEST_PAYLOAD:
        return True
    return len(str(push)) <= LARGEST_PAYLOAD


def _apns_headers(mark: str | None, lifetime: int) -> dict[str, str]:
    expiration = {"apns-expiration": str(int(now().timestamp()) + lifetime)}
    return {"apns-collapse-id": mark, **expiration} if mark else expiration
