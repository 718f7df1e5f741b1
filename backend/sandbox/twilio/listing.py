"""Lists the accepted texts in pages, newest first, in Twilio's format."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import dropwhile, islice
from typing import Any
from urllib.parse import urlencode

from multidict import MultiMapping

from backend.sandbox.twilio.texts import Text, Texts, resource

MOST_A_PAGE = 1000
TOKEN_PREFIX = "PA"  # noqa: S105  # a page token says where a page starts, it protects nothing


def page(texts: Texts, asked: MultiMapping[str], account_sid: str) -> dict[str, Any]:
    """Answer one listing; a malformed date or number in the query is a ValueError."""
    size = min(max(int(asked.get("PageSize", "50")), 1), MOST_A_PAGE)
    number = max(int(asked.get("Page", "0")), 0)
    found = _from_page(_matching(texts, asked), asked.get("PageToken"), number * size)
    texts_here = list(islice(found, size + 1))
    shown, more = texts_here[:size], len(texts_here) > size
    path = f"/2010-04-01/Accounts/{account_sid}/Messages.json"
    filters = [(key, value) for key, value in asked.items() if not key.startswith("Page")]

    def uri(page_number: int, after: str | None = None) -> str:
        paging = [("PageSize", str(size)), ("Page", str(page_number))]
        token = [] if after is None else [("PageToken", TOKEN_PREFIX + after)]
        return f"{path}?{urlencode([*filters, *paging, *token])}"

    return {
        "end": max(number * size + len(shown) - 1, 0),
        "first_page_uri": uri(0),
        "messages": [resource(text, account_sid) for text in shown],
        "next_page_uri": uri(number + 1, shown[-1].sid) if more else None,
        "page": number,
        "page_size": size,
        "previous_page_uri": uri(number - 1) if number else None,
        "start": number * size,
        "uri": uri(number),
    }


def _matching(texts: Texts, asked: MultiMapping[str]) -> Iterator[Text]:
    sender = asked.get("From")
    on, before, after = (_day(asked.get(f"DateSent{sign}")) for sign in ("", "<", ">"))
    for text in texts.newest_first(asked.get("To")):
        if sender is not None and text.sender != sender:
            continue
        if _sent_within(text, on, before, after):
            yield text


def _sent_within(text: Text, on: date | None, before: date | None, after: date | None) -> bool:
    """Compare days, as Twilio does; what was not sent yet has none."""
    if on is before is after is None:
        return True
    if text.sent_at is None:
        return False
    day = text.sent_at.date()
    return (on or day) == day and (after or day) <= day <= (before or day)


def _day(said: str | None) -> date | None:
    return None if said is None else date.fromisoformat(said[:10])


def _from_page(found: Iterable[Text], token: str | None, skipped: int) -> Iterator[Text]:
    """Start behind the text the token names: new texts do not shift the pages."""
    if token is None:
        return islice(found, skipped, None)
    last_seen = token.removeprefix(TOKEN_PREFIX)
    return islice(dropwhile(lambda text: text.sid != last_seen, found), 1, None)
