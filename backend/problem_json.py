"""Says an error on the wire, as RFC 9457 problem details."""

from typing import Any

from litestar import Request, Response

from backend.errors import HubError

PROBLEM_JSON = "application/problem+json"


def problem(error: HubError) -> Response[dict[str, Any]]:
    """Say the error as RFC 9457 problem details."""
    body: dict[str, Any] = {"code": error.code, "title": error.message, "status": error.status}
    if error.faults:
        body["errors"] = [{"path": each.path, "message": each.message} for each in error.faults]
    headers = {"Cache-Control": "no-store"} | error.headers
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return Response(body, status_code=error.status, media_type=PROBLEM_JSON, headers=headers)


def to_problem(_: Request[Any, Any, Any], error: HubError) -> Response[dict[str, Any]]:
    return problem(error)
