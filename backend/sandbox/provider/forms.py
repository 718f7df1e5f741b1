"""Reads form-encoded bodies, and writes the JSON answers of the providers."""

from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

MOST_FIELDS = 100


def fields_of(body: bytes) -> dict[str, str]:
    """Parse a form; a body that is no form has no fields."""
    try:
        pairs = parse_qsl(
            body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS
        )
    except ValueError:
        return {}
    return dict(pairs)


def json_answer(
    body: object, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(body),
        status=status,
        headers=headers,
        content_type="application/json",
        charset="utf-8",
    )


def retry_after(seconds: int | None) -> dict[str, str]:
    return {} if seconds is None else {"Retry-After": str(seconds)}
