"""The message format of FCM: Google's names, in camel case or as the SDK writes them."""

import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

LARGEST = 4096
"""Bytes of data and notification together."""
_FREE_FORM = frozenset({"data", "headers", "payload"})
Seconds = Annotated[str, Meta(pattern=r"^\d+(\.\d{1,9})?s$")]
Priority = Annotated[str, Meta(pattern=r"(?i)^(normal|high)$")]


class _Strict(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    pass


class FcmNotification(_Strict, frozen=True):
    title: str | None = None
    body: str | None = None
    image: str | None = None


class AndroidNotification(FcmNotification, frozen=True):
    tag: str | None = None
    channel_id: str | None = None
    click_action: str | None = None
    color: str | None = None
    icon: str | None = None
    sound: str | None = None
    visibility: str | None = None
    notification_priority: str | None = None
    notification_count: int | None = None
    default_sound: bool | None = None


class AndroidConfig(_Strict, frozen=True):
    collapse_key: str | None = None
    priority: Priority | None = None
    ttl: Seconds | None = None
    restricted_package_name: str | None = None
    direct_boot_ok: bool | None = None
    data: dict[str, str] | None = None
    notification: AndroidNotification | None = None
    fcm_options: dict[str, Any] | None = None


class ApnsConfig(_Strict, frozen=True):
    headers: dict[str, str] | None = None
    payload: dict[str, Any] | None = None
    live_activity_token: str | None = None
    fcm_options: dict[str, Any] | None = None


class FcmMessage(_Strict, frozen=True):
    token: str | None = None
    fid: str | None = None
    topic: str | None = None
    condition: str | None = None
    name: str | None = None
    data: dict[str, str] | None = None
    notification: FcmNotification | None = None
    android: AndroidConfig | None = None
    apns: ApnsConfig | None = None
    webpush: dict[str, Any] | None = None
    fcm_options: dict[str, Any] | None = None


class SendRequest(_Strict, frozen=True):
    message: FcmMessage
    validate_only: bool = False


def parse_send(body: bytes) -> SendRequest:
    """Read a send; a msgspec.DecodeError names the fault."""
    return msgspec.convert(_in_camel_case(msgspec.json.decode(body)), SendRequest)


def size(message: FcmMessage) -> int:
    return len(msgspec.json.encode([message.data or {}, message.notification or {}]))


def _in_camel_case(value: Any) -> Any:
    """Protocol buffers read both spellings of a field; only our own keys stay as they are."""
    if isinstance(value, list):
        return [_in_camel_case(part) for part in value]
    if not isinstance(value, dict):
        return value
    return {
        _camel(key): part if key in _FREE_FORM else _in_camel_case(part)
        for key, part in value.items()
    }


def _camel(key: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), key)
