"""Writes what somebody got so that two runs compare: ids by number, no times, no secrets."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from httpx import Response

ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
SECRETS: Final = frozenset(
    {"activationCode", "qr", "accessToken", "refreshToken", "token", "nextCursor", "waitsSeconds"}
)
"""Fields whose value is drawn at random, sealed, or a length of time."""
DERIVED: Final = frozenset({"content-length", "etag", "date", "last-modified"})
"""Headers that follow from a body or a time."""
CODE: Final = re.compile(r"\b\d{6}\b")
OF_THE_TRAIL: Final = re.compile(r"[0-9A-F]{8}")
"""What a line of the access log is called at a desk: it follows from the id of its row."""
REFERENCE: Final = re.compile(r"\b[A-HJKMNP-Z2-9]{5}$")


@dataclass(slots=True)
class Masks:
    """Numbers each id in the order in which this run has shown it."""

    ids: dict[str, str] = field(default_factory=dict)

    def answer(self, answer: Response) -> str:
        """Give status, headers and body of an answer, byte for byte but for ids and times."""
        headers = sorted(
            f"{name}: {value}"
            for name, value in answer.headers.items()
            if name.lower() not in DERIVED
        )
        return self.text("\n".join([str(answer.status_code), *headers, self._body(answer)]))

    def message(self, text: str) -> str:
        """Give a text as a phone got it; its code and its reference are drawn at random."""
        return self.text(REFERENCE.sub("<reference>", CODE.sub("<code>", text)))

    def text(self, said: str) -> str:
        return ID.sub(self._number, TIME.sub("<time>", said))

    def _number(self, found: re.Match[str]) -> str:
        return self.ids.setdefault(found[0], f"<id {len(self.ids)}>")

    def _body(self, answer: Response) -> str:
        if "json" not in answer.headers.get("content-type", "") or not answer.content:
            return answer.text
        return json.dumps(_without_secrets(answer.json()), ensure_ascii=False)


def _is_random(name: str, value: Any) -> bool:
    if name == "reference":
        return isinstance(value, str) and bool(OF_THE_TRAIL.fullmatch(value))
    return name in SECRETS and bool(value)


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: "<secret>" if _is_random(name, each) else _without_secrets(each)
            for name, each in value.items()
        }
    return [_without_secrets(each) for each in value] if isinstance(value, list) else value
