"""What an answer tells, and whether it is the refusal that the table asks for."""

from httpx import Response

from tests.harness.refusals import code_of
from tests.matrix.kinds import STATUS, Expected, Route


def tells(answer: Response, secrets: list[str]) -> list[str]:
    """Say which of the owner's secrets are anywhere in an answer."""
    whole = (answer.text + str(answer.headers)).lower()
    return [each for each in secrets if each.lower() in whole]


def is_refused(answer: Response, says: Expected) -> bool:
    return (
        answer.status_code == STATUS[says]
        and code_of(answer) == says.value
        and answer.headers["cache-control"] == "no-store"
    )


def is_answered(answer: Response, route: Route) -> bool:
    return answer.is_success or code_of(answer) in route.or_else
