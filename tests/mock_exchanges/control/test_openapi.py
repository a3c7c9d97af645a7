"""The description: OpenAPI 3.1 that holds together, and says what the server does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from mock_exchanges.control.openapi import description
from mock_exchanges.control.routes import ROUTES
from mock_exchanges.faults import faults
from mock_exchanges.scenario.edits import EDITS
from tests.mock_exchanges.control.api import api
from tests.mock_exchanges.faults.bench import play

FOUND = description()
METHODS = {"get", "post", "delete"}


def refs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        mapping = node.get("discriminator", {}).get("mapping", {}) if "oneOf" in node else {}
        yield from mapping.values()
        for each in node.values():
            yield from refs(each)
    elif isinstance(node, list):
        for each in node:
            yield from refs(each)


def resolved(ref: str) -> Any:
    assert ref.startswith("#/")
    node: Any = FOUND
    for part in ref[2:].split("/"):
        node = node[part]
    return node


def test_it_is_openapi_of_the_right_shape() -> None:
    assert FOUND["openapi"] == "3.1.0"
    assert {"title", "version", "description"} <= set(FOUND["info"])
    assert set(FOUND) <= {"openapi", "info", "security", "paths", "components"}
    for path, item in FOUND["paths"].items():
        assert path.startswith("/") and set(item) <= METHODS
        for operation in item.values():
            assert operation["summary"] and operation["operationId"]
            for status, answer in operation["responses"].items():
                assert re.fullmatch("[1-5][0-9][0-9]", status) and answer["description"]
                assert answer["content"]
    assert json.loads(json.dumps(FOUND)) == FOUND


def test_every_reference_leads_somewhere() -> None:
    found = set(refs(FOUND))
    assert found
    for ref in found:
        assert resolved(ref)


def test_every_model_and_field_is_described() -> None:
    for name, schema in FOUND["components"]["schemas"].items():
        assert schema.get("description"), name
        for field, one in schema.get("properties", {}).items():
            if "const" not in one:
                described = one.get("description") or field == "fault"
                assert described, f"{name}.{field}"


def test_all_faults_and_edits_are_in_it() -> None:
    schemas = FOUND["components"]["schemas"]
    assert {model.__name__ for model in (*faults().values(), *EDITS.values())} <= set(schemas)


def test_it_says_the_verbs_that_there_are() -> None:
    verbs = {(m.upper(), path) for path, item in FOUND["paths"].items() for m in item}
    assert verbs == {(each.method, each.path) for each in ROUTES}
    ids = [each["operationId"] for item in FOUND["paths"].values() for each in item.values()]
    assert len(set(ids)) == len(ids)
    for path, item in FOUND["paths"].items():
        for operation in item.values():
            named = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))
            assert all(each["description"] for each in operation.get("parameters", []))
    for route in ROUTES:
        operation = FOUND["paths"][route.path][route.method.lower()]
        assert str(route.status) in operation["responses"]
        assert ("requestBody" in operation) == (route.body is not None)


def test_the_server_gives_it_out() -> None:
    async def main() -> None:
        async with api() as it:
            assert await it.get("/openapi.json") == FOUND

    play(main)
