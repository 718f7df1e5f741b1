"""Writes errors as RFC 9457 problem details, in the language of the patient."""

from typing import Any, Final

from litestar import Request, Response
from litestar.status_codes import HTTP_503_SERVICE_UNAVAILABLE

from backend.core.errors import HubError
from backend.core.http.problem_titles_vi import TITLES_VI
from backend.core.i18n import Language, accepted_by, labels, preferred
from backend.core.metrics import UNAVAILABLE
from backend.core.postgres.database_failures import RETRY_SECONDS

PROBLEM_JSON = "application/problem+json"
OF_PATIENTS: Final = "/v1/"
"""Addresses of patients; hospitals, staff and providers read the one text of docs/errors.md."""


def problem(error: HubError, request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """Write an error as RFC 9457 problem details."""
    title, words = error.message, dict[str, str]()
    if request.scope["path"].startswith(OF_PATIENTS):
        title, words = _for_patients(error, preferred(accepted_by(request)))
    body: dict[str, Any] = {"code": error.code, "title": title, "status": error.status}
    if error.faults:
        body["errors"] = [{"path": issue.path, "message": issue.message} for issue in error.faults]
    headers = {"Cache-Control": "no-store"} | words | error.headers
    retry_after = error.retry_after
    if error.status == HTTP_503_SERVICE_UNAVAILABLE:
        UNAVAILABLE.labels(error.code).inc()
        retry_after = retry_after or RETRY_SECONDS
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return Response(body, status_code=error.status, media_type=PROBLEM_JSON, headers=headers)


def _for_patients(error: HubError, language: Language) -> tuple[str, dict[str, str]]:
    """Give the title and what labels it; without Vietnamese words it is in English, and says so."""
    if language is Language.VI and error.code in TITLES_VI:
        return TITLES_VI[error.code], labels(Language.VI)
    return error.message, labels(Language.EN)
