"""OpenAPI 3.1, made from a room's calls and shapes."""

import re
from typing import Any

import msgspec

from penstock.http.rooms import BYTES, Call, Doc, Parameter, Room

FORMS = {"form": "multipart/form-data", "field": "application/x-www-form-urlencoded"}
"""The places of parameters that are in a body, and what the body is then."""

REF = "#/components/schemas/{name}"


def openapi(room: Room, version: str) -> dict[str, Any]:
    """The OpenAPI document of one room."""
    documented = [call for call in room.calls if not call.alias]
    shapes = [shape for call in documented for shape in (call.doc.answer, call.doc.body) if _is_shape(shape)]
    _, components = msgspec.json.schema_components([*shapes, room.refusal], ref_template=REF)
    paths: dict[str, dict[str, Any]] = {}
    for call in documented:
        paths.setdefault(_template(call.path), {})[call.method.lower()] = _operation(room, call)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Penstock, {room.title}", "version": version},
        "paths": paths,
        "components": {
            "schemas": {_component(name): _plain(schema) for name, schema in components.items()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(room: Room, call: Call) -> dict[str, Any]:
    doc = call.doc
    operation: dict[str, Any] = {
        "tags": [room.name],
        "summary": doc.summary,
        "operationId": re.sub(r"\W+", "_", f"{call.method.lower()}{_template(call.path)}").strip("_"),
        "parameters": [_parameter(parameter) for parameter in doc.parameters if parameter.place not in FORMS],
        "responses": {"200": _success(room, doc)} | _refusals(room, doc),
    }
    if (body := _body(doc)) is not None:
        operation["requestBody"] = {"required": True, "content": body}
    return operation


def _template(path: str) -> str:
    """A path as OpenAPI writes it: without Starlette's converters."""
    return re.sub(r":\w+(?=})", "", path)


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required,
        "description": parameter.about,
        "schema": _schema(parameter.kind),
    }


def _success(room: Room, doc: Doc) -> dict[str, Any]:
    if doc.answer is BYTES:
        return {"description": "The bytes.", "content": {"application/octet-stream": {}}}
    schema = _schema(doc.answer)
    if room.enveloped:
        schema = {"allOf": [_schema(room.refusal), {"properties": {"data": schema}}]}
    return {"description": doc.summary, "content": {"application/json": {"schema": schema}}}


def _refusals(room: Room, doc: Doc) -> dict[str, Any]:
    content = {"application/json": {"schema": _schema(room.refusal)}}
    return {str(status): {"description": about, "content": content} for status, about in doc.faults.items()}


def _body(doc: Doc) -> dict[str, Any] | None:
    if doc.body is BYTES:
        return {"application/octet-stream": {}}
    if doc.body is not None:
        return {"application/json": {"schema": _schema(doc.body)}}
    fields = [parameter for parameter in doc.parameters if parameter.place in FORMS]
    if not fields:
        return None
    schema = {
        "type": "object",
        "properties": {field.name: {"description": field.about} | _schema(field.kind) for field in fields},
        "required": [field.name for field in fields if field.required],
    }
    return {FORMS[fields[0].place]: {"schema": schema}}


def _schema(kind: Any) -> dict[str, Any]:
    if kind is BYTES:
        return {"type": "string", "contentMediaType": "application/octet-stream"}
    [schema], _ = msgspec.json.schema_components([kind], ref_template=REF)
    plain: dict[str, Any] = _plain(schema)
    return plain


def _plain(schema: Any) -> Any:
    """A schema whose references are to names that components may have."""
    if isinstance(schema, list):
        return [_plain(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    prefix = REF.format(name="")
    return {
        key: prefix + _component(inner.removeprefix(prefix)) if key == "$ref" else _plain(inner)
        for key, inner in schema.items()
    }


def _component(name: str) -> str:
    """`Told[list[a.module.Shape]]` as a component may be called (OpenAPI 3.1, Components Object): `Told_list_Shape`."""
    return re.sub(r"\W+", "_", re.sub(r"\w+\.", "", name)).strip("_")


def _is_shape(kind: Any) -> bool:
    return kind not in {None, BYTES}
