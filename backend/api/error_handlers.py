"""Turns every error of a request into a refusal, and never repeats what the caller sent."""

import re
from typing import Any, Final

import asyncpg
import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap
from redis import exceptions as redis_errors

from backend.api.large_bodies.helper import BodyTooDemanding
from backend.core.crypto.sealing import UnreadableSeal
from backend.core.errors import HubError, Issue, NotFound
from backend.core.http.head import allowed
from backend.core.log import log
from backend.core.odd_rows.unreadable import note_unreadable
from backend.core.postgres.database_failures import AWAY, is_closed, refusal_for
from backend.core.redis import FastStoreAway
from backend.intake.fhir.responses import refusal

AnyRequest = Request[Any, Any, Any]
Refusal = Response[dict[str, Any]]


class InvalidRequest(HubError):
    """The request does not have the form this address asks for."""

    code = "invalid_request"


class NotAuthorized(HubError):
    """Sign in, then try again."""

    code = "not_signed_in"
    status = 401


class Forbidden(HubError):
    """You may not do this."""

    code = "forbidden"
    status = 403


class MethodNotAllowed(HubError):
    """That method is not known at this address."""

    code = "method_not_allowed"
    status = 405


class TooManyRequests(HubError):
    """Too many requests. Wait, then try again."""

    code = "too_many_requests"
    status = 429


class StoredUnreadable(HubError):
    """The hub cannot read something that this needs. Its operators have been told."""

    code = "stored_unreadable"
    status = 503


class InternalError(HubError):
    """The hub made a mistake. It has been written down."""

    code = "internal_error"
    status = 500


BY_STATUS: Final[dict[int, type[HubError]]] = {
    refusal.status: refusal
    for refusal in (InvalidRequest, NotAuthorized, Forbidden, NotFound, MethodNotAllowed,
                 TooManyRequests)
}  # fmt: skip

WORDS_WITHOUT_VALUES: Final = re.compile(
    r"Expected `[\w |]+`(, got `\w+`| of length [<>=]+ \d+| [<>=]+ -?\d+)?"
    r"|Object missing required field `\w+`"
    r"|Invalid (UUID|RFC3339 encoded \w+|base64 encoded string)"
)
"""What msgspec may say to a caller as it is. Its other words repeat keys or values."""
_FIELD: Final = re.compile(r"[A-Za-z_][\w.]*(\[(\d+|\.{3})\][\w.]*)*", re.ASCII)
_WHERE: Final = re.compile(
    r"(?P<what>.*?)(?: - at `(?:key in )?\$\.?(?P<where>[^`]*)`)?\Z", re.DOTALL
)


def issue_of(message: str, where: str = "") -> Issue:
    """Describe one fault by its place and kind only, never by its value."""
    path = f"$.{where}" if _FIELD.fullmatch(where) else "$"
    if WORDS_WITHOUT_VALUES.fullmatch(message):
        return Issue(path, message + ".")
    if message.startswith("Object contains unknown field"):
        return Issue(path, "A field is not known here.")
    return Issue(path, "This value is not one of those allowed.")


def hub_error(request: AnyRequest, error: HubError) -> Refusal:
    return refusal(error, request)


def from_http(request: AnyRequest, error: HTTPException) -> Refusal:
    """Turn one of Litestar's own refusals into an error of the hub."""
    kind = BY_STATUS.get(error.status_code)
    if kind is None:
        return unexpected(request, error)
    answer = refusal(kind(faults=_issues(error)), request)
    for name, value in (error.headers or {}).items():
        if name.lower() == "allow":
            answer.headers["Allow"] = allowed(value.split(", "))
    return answer


def _issues(error: HTTPException) -> list[Issue]:
    if not isinstance(error, ValidationException) or not isinstance(error.extra, list):
        return []
    told = [(mistake.get("message", ""), mistake.get("key", "")) for mistake in error.extra]
    return [issue_of(message, "" if key == "data" else key) for message, key in told]


def from_msgspec(request: AnyRequest, error: msgspec.MsgspecError) -> Refusal:
    found = _WHERE.match(str(error))
    assert found, "the pattern matches every text"
    return refusal(InvalidRequest(faults=[issue_of(found["what"], found["where"] or "")]), request)


def database_away(request: AnyRequest, error: Exception) -> Refusal:
    """Answer 503: the hub waits for its database, or for what is done to it."""
    log.warning("database_away", error=type(error).__name__,
                route=request.scope.get("path_template", "unmatched"))  # fmt: skip
    return refusal(refusal_for(error), request)


def interface_error(request: AnyRequest, error: asyncpg.InterfaceError) -> Refusal:
    return database_away(request, error) if is_closed(error) else unexpected(request, error)


def fast_store_away(request: AnyRequest, _: Exception) -> Refusal:
    return refusal(FastStoreAway(retry_after=2), request)


def out_of_memory(request: AnyRequest, error: Exception) -> Refusal:
    """Say that it was too much; the helper of an API is ended after it."""
    request.app.state.out_of_memory = True
    return too_deep(request, error)


def too_deep(request: AnyRequest, _: Exception) -> Refusal:
    """Refuse entries that refer to each other in a chain of hundreds: that is found by reading."""
    return refusal(BodyTooDemanding(), request)


def stored_unreadable(request: AnyRequest, _: Exception) -> Refusal:
    """Refuse an act that needs what cannot be opened. Lists leave it out and never come here."""
    note_unreadable("request", "seal")
    return refusal(StoredUnreadable(), request)


def unexpected(request: AnyRequest, error: Exception) -> Refusal:
    log.error(
        "internal_error",
        error=type(error).__name__,
        route=request.scope.get("path_template", "unmatched"),
        method=request.method,
    )
    return refusal(InternalError(), request)


EXCEPTION_HANDLERS: Final[ExceptionHandlersMap] = {
    HubError: hub_error,
    HTTPException: from_http,
    msgspec.MsgspecError: from_msgspec,
    **dict.fromkeys(AWAY, database_away),
    UnreadableSeal: stored_unreadable,
    asyncpg.InterfaceError: interface_error,
    redis_errors.ConnectionError: fast_store_away,
    redis_errors.TimeoutError: fast_store_away,
    MemoryError: out_of_memory,
    RecursionError: too_deep,
    Exception: unexpected,
}
