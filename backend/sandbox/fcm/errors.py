"""The errors of FCM: a google.rpc.Status with FCM's own code in its details."""

from typing import Any

from aiohttp import web

from backend.sandbox.provider.forms import json_answer, retry_after

FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


def unregistered() -> web.Response:
    return _error(404, "NOT_FOUND", "Requested entity was not found.", [_fcm("UNREGISTERED")])


def invalid_token() -> web.Response:
    said = "The registration token is not a valid FCM registration token"
    return _error(400, "INVALID_ARGUMENT", said, [_fcm("INVALID_ARGUMENT")])


def invalid_payload(where: str, why: str) -> web.Response:
    violation = {"field": where, "description": why}
    details = [{"@type": BAD_REQUEST, "fieldViolations": [violation]}]
    return _error(400, "INVALID_ARGUMENT", f"Invalid value at '{where}': {why}", details)


def not_authenticated() -> web.Response:
    said = "Request had invalid authentication credentials."
    return _error(401, "UNAUTHENTICATED", said, [])


def other_project() -> web.Response:
    return _error(403, "PERMISSION_DENIED", "The caller does not have permission", [])


def too_many(seconds: int | None) -> web.Response:
    said, details = "Resource has been exhausted", [_fcm("QUOTA_EXCEEDED")]
    return _error(429, "RESOURCE_EXHAUSTED", said, details, retry_after(seconds))


def broken() -> web.Response:
    return _error(500, "INTERNAL", "Internal error encountered.", [_fcm("INTERNAL")])


def _fcm(code: str) -> dict[str, Any]:
    return {"@type": FCM_ERROR, "errorCode": code}


def _error(
    code: int,
    status: str,
    message: str,
    details: list[dict[str, Any]],
    headers: dict[str, str] | None = None,
) -> web.Response:
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    if details:
        error["details"] = details
    return json_answer({"error": error}, code, headers)
