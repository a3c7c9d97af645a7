"""What is wrong with a request of the control API, told so that it can be mended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from mock_exchanges.control.models import Failure
from mock_exchanges.core.nearest import nearest
from mock_exchanges.faults import faults
from mock_exchanges.scenario.edits import EDITS
from mock_exchanges.scenario.places import model_around, place, written

M = TypeVar("M", bound=BaseModel)


class Problem(Exception):
    """A request that is refused, with its HTTP status; nothing has been changed."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        hint: str = "",
        field: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.failure = Failure(code=code, message=message, hint=hint, field=field)


def parsed(body: bytes) -> Any:
    """Return a body's JSON. Raises Problem (400) for what is none."""
    try:
        data = json.loads(body.decode("utf-8"), parse_constant=_no_number)
        # a text with half a surrogate pair could never be sent to a client
        json.dumps(data, ensure_ascii=False).encode("utf-8")
    except UnicodeError:
        raise Problem(400, "bad-json", "body is not UTF-8, expected JSON in UTF-8") from None
    except json.JSONDecodeError as error:
        raise Problem(
            400, "bad-json", f"body is not JSON: line {error.lineno}: {error.msg}"
        ) from None
    except (ValueError, RecursionError) as error:
        raise Problem(400, "bad-json", f"body is not JSON: {error}") from None
    return data


def checked(model: type[M], data: Any) -> M:
    """Return data as a model. Raises Problem (422), naming the first wrong field."""
    if not isinstance(data, Mapping):
        raise Problem(
            422, "bad-body", f"body is {_shown(data)}, expected an object",
            hint=f"fields: {', '.join(model.model_fields)}",
        )  # fmt: skip
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise told(error, model, data) from None


def tagged(tag: str, data: Any) -> Any:
    """Return the fault or market edit that data is, by its field ``tag``: fault or edit.

    Raises Problem (422), naming the first wrong field.
    """
    known: Mapping[str, type[BaseModel]] = faults() if tag == "fault" else EDITS
    if not isinstance(data, Mapping):
        raise Problem(
            422, "bad-body", f"body is {_shown(data)}, expected an object with {tag!r}",
            hint=f"such as {{{tag!r}: {next(iter(known))!r}}}".replace("'", '"'),
        )  # fmt: skip
    name = data.get(tag)
    if not isinstance(name, str) or name not in known:
        raise _wrong_kind(tag, name, tag, missing=tag not in data)
    return checked(known[name], data)


def told(error: ValidationError, model: type[BaseModel], data: Any) -> Problem:
    """Return the first error of a validation as a Problem: field, value, expected, nearest."""
    detail = error.errors(include_url=False)[0]
    path = place(data, detail["loc"])
    field = written(path)
    said = detail["msg"].removeprefix("Value error, ").removeprefix("Input ")
    if detail["type"] == "extra_forbidden":
        known = list(model_around(model, data, path).model_fields)
        return Problem(
            422, "unknown-field", f"{field}: there is no such field",
            hint=_near(str(path[-1]), known), field=field,
        )  # fmt: skip
    if detail["type"] == "no_fault" or detail["type"].startswith("union_tag"):
        tag = "fault" if detail["type"] == "no_fault" else "edit"
        given = detail["input"]
        name = given.get(tag) if isinstance(given, Mapping) else None
        missing = not isinstance(given, Mapping) or tag not in given
        return _wrong_kind(tag, name, f"{field}.{tag}".lstrip("."), missing=missing)
    if detail["type"] == "missing":
        return Problem(422, "missing-field", f"{field} is missing", field=field)
    if not field:
        return Problem(422, "bad-body", said)
    hint = f"{field}: {about}" if (about := _about(model, data, path)) else ""
    return Problem(
        422, "bad-field", f"{field} is {_shown(detail['input'])}, {said}", hint=hint, field=field
    )


def _wrong_kind(tag: str, name: Any, field: str, *, missing: bool) -> Problem:
    known = list(faults() if tag == "fault" else EDITS)
    if missing:
        return Problem(
            422, "missing-field", f"{field} is missing", field=field,
            hint=f"one of: {', '.join(known)}",
        )  # fmt: skip
    return Problem(
        422, f"unknown-{tag}", f"{field} is {_shown(name)}, which is not known",
        hint=_near(str(name), known), field=field,
    )  # fmt: skip


def _near(name: str, known: list[str]) -> str:
    near = nearest(name, known)
    return f"did you mean {near!r}?" if near else f"known: {', '.join(known)}"


def _shown(value: Any) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no JSON number")


def _about(model: type[BaseModel], data: Any, path: tuple[str | int, ...]) -> str:
    """Return what a field is for."""
    field = model_around(model, data, path).model_fields.get(str(path[-1]))
    return (field.description or "") if field is not None else ""
