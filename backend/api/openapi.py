"""Writes the OpenAPI contract of the API from the code itself."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.routes import HTTPRoute

from backend.api.routes import CONTROLLERS, DEPENDENCIES, GUARDS, SCHEMES
from backend.core.http.problem_details import PROBLEM_JSON
from backend.intake.fhir.responses import FHIR_JSON, is_fhir

CONTRACT: Final = Path(__file__).parents[2] / "mobile_contracts" / "openapi.json"
HIDDEN_FOLDER: Final = "/schema"
"""Litestar wants a place for its own pages, in an app that only describes the real one."""

PROBLEM: Final = {
    "type": "object",
    "description": "RFC 9457 problem details. `code` is stable and meant for programs.",
    "required": ["code", "title", "status"],
    "properties": {
        "code": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "message"],
                "properties": {"path": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
REFUSED: Final = {
    "description": "Refused, or failed.",
    "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
REFUSED_IN_FHIR: Final = {
    "description": "Refused, or failed: an OperationOutcome. The first issue has the code of"
    " docs/errors.md in `details.coding`.",
    "content": {FHIR_JSON: {"schema": {"type": "object"}}},
}


@cache
def openapi_text() -> str:
    """Write the contract; the same code gives the same text."""
    return json.dumps(_described(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write_contracts(file: Path = CONTRACT) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(openapi_text(), encoding="utf-8")


def _described() -> dict[str, Any]:
    app = Litestar(
        route_handlers=CONTROLLERS,
        dependencies=DEPENDENCIES,
        openapi_config=_CONFIG,
        logging_config=None,
    )
    schema = app.openapi_schema.to_schema()
    components = schema.setdefault("components", {})
    components["securitySchemes"] = SCHEMES
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            _complete(route, schema["paths"])
    return schema


_CONFIG: Final = OpenAPIConfig(
    title="Patient Hub",
    version="1",
    description="A query parameter that an address does not list is refused with 400"
    " `unknown_parameter`. Below `/fhir` `_format` may say `json`; `_pretty` and `_summary` are"
    " taken, and change nothing; `/providers` and `/health` take any. Every address has one"
    " spelling, the one that stands here: any other is `not_found`. Where there is GET, HEAD is"
    " answered with the same status and headers.",
    path=HIDDEN_FOLDER,
    use_handler_docstrings=True,
)


def _complete(route: HTTPRoute, paths: dict[str, Any]) -> None:
    """Say who may call, and that every refusal is a problem: what Litestar cannot know."""
    described = paths.get(route.path_format or "/", {})
    for method, (handler, _) in route.route_handler_map.items():
        operation = described.get(method.lower())
        if operation is not None:
            schemes = [GUARDS.get(guard) for guard in handler.resolve_guards()]
            operation["security"] = [{scheme: []} for scheme in schemes if scheme]
            operation["responses"].pop("400", None)
            in_fhir = is_fhir(route.path)
            operation["responses"]["default"] = REFUSED_IN_FHIR if in_fhir else REFUSED
