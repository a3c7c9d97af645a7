"""The control API's description for other languages: OpenAPI 3.1, made from the models."""

from __future__ import annotations

import re
from copy import deepcopy
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pydantic import BaseModel, TypeAdapter

from mock_exchanges.control import models
from mock_exchanges.control.routes import ROUTES, Route
from mock_exchanges.faults import union
from mock_exchanges.faults.base import ANY_FAULT

DISTRIBUTION = "exchange-conformance"
_REF = "#/components/schemas/{model}"
_ANY = "AnyFault"
_ERRORS = {
    400: "The body is not JSON.",
    401: "The token is missing or wrong.",
    403: "The request is a browser's, or came to a strange Host.",
    404: "There is no such thing.",
    408: "It did not happen in time.",
    413: "The body is too large.",
    422: "A field is wrong.",
}


def description() -> dict[str, Any]:
    """Return the OpenAPI document."""
    return deepcopy(_description())


@cache
def _description() -> dict[str, Any]:
    schemas: dict[str, Any] = {}
    _schema(models.Failure, schemas)
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    any_fault: dict[str, Any] = TypeAdapter(union()).json_schema(ref_template=_REF)
    schemas.update(any_fault.pop("$defs"))
    schemas[_ANY] = any_fault
    _name_faults(schemas)
    for schema in schemas.values():
        if "oneOf" in schema:
            schema.setdefault("description", "One of several kinds, told by its name.")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Control API of a mock exchange",
            "version": release(),
            "description": "Trouble on command: faults, scenarios, clock, market, journal.",
        },
        "security": [{}, {"token": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Needed where other machines are let in.",
                }
            },
        },
    }


def _name_faults(node: Any) -> None:
    """Let each place of any fault refer to the description of all."""
    children = node.items() if isinstance(node, dict) else enumerate(node)
    for key, child in list(children):
        if isinstance(child, dict) and child.get(ANY_FAULT):
            node[key] = {"$ref": _REF.format(model=_ANY)}
        elif isinstance(child, dict | list):
            _name_faults(child)


def release() -> str:
    """Return the version of this package, or 0 where it is not installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "0"


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {"operationId": route.name, "summary": route.about}
    parameters = [_in_path(name) for name in re.findall(r"{(\w+)}", route.path)]
    if route.query is not None:
        parameters += _in_query(route.query, schemas)
    if parameters:
        said["parameters"] = parameters
    errors = [401, 403]
    if route.body is not None:
        said["requestBody"] = {
            "required": route.name != "reset",
            "content": {"application/json": {"schema": _schema(route.body, schemas)}},
        }
        errors += [400, 413, 422]
    if "{" in route.path:
        errors += [404, 422]
    elif route.query is not None:
        errors += [422]
    said["responses"] = {str(route.status): _good(route, schemas)}
    if route.name == "health":
        said["responses"]["503"] = {**_good(route, schemas), "description": "The exchange broke."}
    for status in sorted(set(errors)):
        said["responses"][str(status)] = _bad(status, models.Failure, schemas)
    if route.name == "wait":
        said["responses"]["408"] = _bad(408, models.NotYet, schemas)
    return said


def _good(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    if route.name == "journal":
        return {
            "description": "One JSON object a line.",
            "headers": {
                "Mock-Journal-Next": {
                    "description": "number of the last entry looked at",
                    "schema": {"type": "integer"},
                }
            },
            "content": {"application/x-ndjson": {"schema": _schema(models.JournalEntry, schemas)}},
        }
    schema = {"type": "object"} if route.answer is None else _schema(route.answer, schemas)
    return {"description": route.about, "content": {"application/json": {"schema": schema}}}


def _bad(status: int, model: type[BaseModel], schemas: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": _ERRORS[status],
        "content": {"application/json": {"schema": _schema(model, schemas)}},
    }


def _in_path(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": models.Number.model_fields["number"].description,
        "schema": {"type": "integer", "minimum": 1},
    }


def _in_query(model: type[BaseModel], schemas: dict[str, Any]) -> list[dict[str, Any]]:
    whole = model.model_json_schema(ref_template=_REF)
    schemas.update(whole.pop("$defs", {}))
    needed = whole.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in needed,
            "description": schema.pop("description", ""),
            "schema": schema,
        }
        for name, schema in whole["properties"].items()
    ]


def _schema(of: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a type; what it refers to is put among ``schemas``."""
    whole: dict[str, Any] = TypeAdapter(of).json_schema(ref_template=_REF)
    schemas.update(whole.pop("$defs", {}))
    if whole.get(ANY_FAULT):
        return {"$ref": _REF.format(model=_ANY)}
    if isinstance(of, type) and issubclass(of, BaseModel) and "$ref" not in whole:
        schemas[of.__name__] = whole
        return {"$ref": _REF.format(model=of.__name__)}
    return whole
