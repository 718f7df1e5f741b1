"""How a refusal is read: below `/fhir` as an OperationOutcome, elsewhere as a problem."""

from httpx import Response


def code_of(answer: Response) -> str:
    """Give the code of a refusal; empty for any other answer."""
    kind = answer.headers.get("content-type", "")
    if answer.is_error and kind == "application/fhir+json":
        return str(answer.json()["issue"][0]["details"]["coding"][0]["code"])
    return str(answer.json()["code"]) if kind == "application/problem+json" else ""


def refusal_type(path: str) -> str:
    """Give the media type in which a door refuses."""
    return f"application/{'fhir' if path.startswith('/fhir') else 'problem'}+json"
