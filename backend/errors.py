"""What can go wrong in a way the caller can act on. Anything else is a bug: a bare 500."""

from collections.abc import Sequence
from inspect import cleandoc
from typing import Any, ClassVar

from litestar import Request, Response
from msgspec import Struct

PROBLEM_JSON = "application/problem+json"


class Fault(Struct, frozen=True):
    """One thing that is wrong with what was sent: where, and what; never the value itself."""

    path: str
    message: str


class HubError(Exception):
    """The request could not be carried out."""

    code: ClassVar[str] = "hub_error"
    status: ClassVar[int] = 400

    def __init__(self, *, faults: Sequence[Fault] = (), retry_after: int | None = None) -> None:
        super().__init__(self.code)
        self.faults = tuple(faults)
        self.retry_after = retry_after

    @property
    def message(self) -> str:
        return cleandoc(self.__doc__ or "")


class NotFound(HubError):
    """There is nothing here for you."""

    code = "not_found"
    status = 404


class Unavailable(HubError):
    """The hub cannot do this just now. Try again in a moment."""

    code = "unavailable"
    status = 503


def problem(error: HubError) -> Response[dict[str, Any]]:
    """Say the error as RFC 9457 problem details."""
    body: dict[str, Any] = {"code": error.code, "title": error.message, "status": error.status}
    if error.faults:
        body["errors"] = [{"path": each.path, "message": each.message} for each in error.faults]
    headers = {"Cache-Control": "no-store"}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return Response(body, status_code=error.status, media_type=PROBLEM_JSON, headers=headers)


def to_problem(_: Request[Any, Any, Any], error: HubError) -> Response[dict[str, Any]]:
    return problem(error)
