"""Serves the contract: as a file for programs, and as one page that loads nothing else."""

import json
from functools import cache
from html import escape
from typing import Any, Final

from litestar import Controller, MediaType, Response, get

from backend.api.openapi import openapi_text
from backend.core.http.public import open_to_all

NOTHING_FROM_ELSEWHERE: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
}
PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Patient Hub API</title>
<style>body{{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
code{{background:#eee;padding:0 .3em}}section{{border-top:1px solid #ccc}}</style></head>
<body><h1>Patient Hub API</h1>
<p>For programs: <a href="/openapi.json">openapi.json</a>.</p>
{operations}
</body></html>
"""
OPERATION: Final = """<section id="{id}"><h2><code>{method} {path}</code></h2>
<p>{description}</p><p>Needs: {needs}</p></section>"""


class Docs(Controller):
    path = "/"
    guards = [open_to_all]
    include_in_schema = False

    @get("/openapi.json", media_type=MediaType.JSON)
    async def contract(self) -> Response[bytes]:
        return Response(_contract(), media_type=MediaType.JSON)

    @get("/docs", media_type=MediaType.HTML)
    async def page(self) -> Response[bytes]:
        return Response(_page(), media_type=MediaType.HTML, headers=NOTHING_FROM_ELSEWHERE)


@cache
def _contract() -> bytes:
    """Give the same bytes to everybody: many callers who read slowly hold them only once."""
    return openapi_text().encode()


@cache
def _page() -> bytes:
    operations = "\n".join(_operations(json.loads(openapi_text())))
    return PAGE.format(operations=operations).encode()


def _operations(contract: dict[str, Any]) -> list[str]:
    return [
        OPERATION.format(
            id=escape(operation["operationId"]),
            method=escape(method.upper()),
            path=escape(path),
            description=escape(operation.get("description") or operation.get("summary", "")),
            needs=escape(", ".join(_needs(operation)) or "nothing"),
        )
        for path, operations in sorted(contract["paths"].items())
        for method, operation in sorted(operations.items())
    ]


def _needs(operation: dict[str, Any]) -> list[str]:
    return [name for scheme in operation["security"] for name in scheme]
