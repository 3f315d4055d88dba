"""OpenAPI 3.1, generated from a dialect's calls and shapes. Its examples of refusals are the dialect's own answers."""

import re
from typing import Any

import msgspec

from penstock.http.docs.refusals import EVERYWHERE, Refusals, is_delivery, refusals_of
from penstock.http.faults import ContentCodingRefused
from penstock.http.routing.dialect_app import BYTES, EMPTY, Call, DialectApp, Doc, Media, Parameter, Stream, Wording
from penstock.model.faults import Fault

FORMS = {"form": "multipart/form-data", "field": "application/x-www-form-urlencoded"}
"""The places of parameters in a body, and the media type of that body."""

REF = "#/components/schemas/{name}"

SERVERS = [{"url": "../..", "description": "Wherever this document comes from."}]
"""Relative to the document's own address (OpenAPI 3.1, Server Object), `docs/<dialect>/openapi.json`: a proxy may serve
the documentation under another path.
"""

TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token of `penstock tokens create`, of a sign-in or of OAuth.",
}
UNASKED: list[dict[str, list[str]]] = []
NEEDED: list[dict[str, list[str]]] = [{"token": []}]
OFFERED = [{}, *NEEDED]
"""The security requirement of a call: none, a token, or either."""

ETAG = {"description": "Stands for the very bytes.", "schema": {"type": "string"}}
SPAN = {"description": "Which bytes these are, and of how many.", "schema": {"type": "string"}}
DELIVERED = {"*/*": {"schema": {"description": "The file's bytes, under its own media type."}}}


def openapi(dialect: DialectApp, version: str) -> dict[str, Any]:
    """The OpenAPI document of one dialect."""
    documented = [call for call in dialect.calls if not call.alias]
    told = [(*_answers(call.doc), call.doc.body, call.doc.pending) for call in documented]
    shapes = [shape for each in told for shape in each if _is_shape(shape)]
    shapes += [wording.refusal for wording in dialect.wordings.values()]
    _, components = msgspec.json.schema_components(shapes, ref_template=REF)
    paths: dict[str, dict[str, Any]] = {}
    for call in documented:
        paths.setdefault(_template(call.path), {})[call.method.lower()] = _operation(dialect, call)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Penstock, {dialect.title}", "version": version, "description": _everywhere(dialect)},
        "servers": SERVERS,
        "paths": paths,
        "components": {
            "schemas": {_component(name): _plain(schema) for name, schema in components.items()},
            "securitySchemes": {"token": TOKEN},
        },
    }


def _everywhere(dialect: DialectApp) -> str:
    """The refusals that any call may answer, documented once."""
    word = next(iter(dialect.wordings.values())).word
    refused = "\n".join(
        f"- {word(fault)[0]}: {sentence}"
        for fault, sentence in EVERYWHERE.items()
        if not (dialect.takes_coded and isinstance(fault, ContentCodingRefused))
    )
    envelope = "that all refusals have" if len(dialect.wordings) == 1 else "of its address"
    return f"Beside what is said of each call, any may be refused, in the envelope {envelope}:\n\n{refused}"


def _operation(dialect: DialectApp, call: Call) -> dict[str, Any]:
    doc, wording = call.doc, dialect.wording(call.path)
    operation: dict[str, Any] = {
        "tags": [dialect.name],
        "summary": doc.summary,
        "description": f"{_who(dialect, call)} {doc.about}".strip(),
        "operationId": re.sub(r"\W+", "_", f"{call.method.lower()}{_template(call.path)}").strip("_"),
        "parameters": [_parameter(parameter) for parameter in doc.parameters if parameter.place not in FORMS],
        "responses": dict(sorted((_successes(wording, call) | _refusals(wording, refusals_of(dialect, call))).items())),
        "security": UNASKED if call.scope is None else OFFERED if dialect.authenticator.open else NEEDED,
    }
    if (body := _body(doc)) is not None:
        operation["requestBody"] = {"required": doc.example != {}, "content": body}
    return operation


def _who(dialect: DialectApp, call: Call) -> str:
    """The credentials that a call needs."""
    if call.scope is None:
        return "Asks for no token."
    if dialect.authenticator.open:
        return f"Asks for no token; one that is shown must have the scope `{call.scope}`."
    by_link = ", or comes by a signed address" if call.linked else ""
    return f"Asks for a token with the scope `{call.scope}`{by_link}."


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
    } | ({} if parameter.example is None else {"example": parameter.example})


def _successes(wording: Wording, call: Call) -> dict[str, Any]:
    if call.doc.pending is None:
        return _success(wording, call)
    content = {"application/json": {"schema": _schema(call.doc.pending)}}
    return _success(wording, call) | {"202": {"description": "It is not done yet.", "content": content}}


def _success(wording: Wording, call: Call) -> dict[str, Any]:
    if is_delivery(call):
        return {
            "200": {"description": "The whole file.", "headers": {"ETag": ETAG}, "content": DELIVERED},
            "206": {
                "description": "The bytes that were asked for: one range, or several as `multipart/byteranges`.",
                "headers": {"ETag": ETAG, "Content-Range": SPAN},
                "content": DELIVERED,
            },
            "304": {"description": "The caller has these very bytes (`If-None-Match`, `If-Modified-Since`)."},
        }
    if isinstance(call.doc.answer, Media):
        example = {} if call.doc.answer.example is None else {"example": call.doc.answer.example}
        page = {call.doc.answer.name: {"schema": {"type": "string"}} | example}
        return {str(call.doc.status): {"description": call.doc.summary, "content": page}}
    if call.doc.answer is EMPTY:
        return {str(call.doc.status): {"description": "It is done; there is no body.", "headers": {"ETag": ETAG}}}
    if isinstance(call.doc.answer, Stream):
        return {str(call.doc.status): {"description": call.doc.summary, "content": _events(call.doc.answer)}}
    kinds = [_schema(answer) for answer in _answers(call.doc)]
    schema = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    if wording.enveloped:
        schema = {"allOf": [_schema(wording.refusal), {"properties": {"data": schema}}]}
    return {
        str(call.doc.status): {"description": call.doc.summary, "content": {"application/json": {"schema": schema}}}
    }


def _events(stream: Stream) -> dict[str, Any]:
    """OpenAPI 3.1 has no words for the events of a stream: what their data are is said beside it."""
    [name] = [_component(name) for name in msgspec.json.schema_components([stream.shape], ref_template=REF)[1]][:1]
    about = f"Server-Sent Events; the `data` of each are JSON as `{name}` describes."
    return {"text/event-stream": {"schema": {"type": "string", "description": about}, "example": stream.example}}


def _refusals(wording: Wording, refusals: Refusals) -> dict[str, Any]:
    """A response for each status, with each fault's answer as an example."""
    worded: dict[int, dict[Fault, Any]] = {}
    for fault in refusals:
        status, envelope = wording.word(fault)
        worded.setdefault(status, {})[fault] = envelope
    return {
        str(status): {
            "description": " ".join(dict.fromkeys(refusals[fault] for fault in envelopes)),
            "content": {
                wording.media_type: {
                    "schema": _schema(wording.refusal),
                    "examples": {
                        f"{number} {type(fault).__name__}": {
                            "summary": refusals[fault],
                            "value": msgspec.to_builtins(envelope),
                        }
                        for number, (fault, envelope) in enumerate(envelopes.items(), 1)
                    },
                }
            },
        }
        for status, envelopes in worded.items()
    }


def _body(doc: Doc) -> dict[str, Any] | None:
    if doc.body is BYTES:
        return {"application/octet-stream": {"schema": _schema(BYTES) | {"description": "The bytes."}}}
    if doc.body is not None:
        example = {} if doc.example is None else {"example": doc.example}
        return {"application/json": {"schema": _schema(doc.body)} | example}
    fields = [parameter for parameter in doc.parameters if parameter.place in FORMS]
    if not fields:
        return None
    schema = {
        "type": "object",
        "properties": {field.name: _field(field) for field in fields},
        "required": [field.name for field in fields if field.required],
    }
    return {FORMS[fields[0].place]: {"schema": schema}}


def _field(parameter: Parameter) -> dict[str, Any]:
    """A field of a form. Without an example Swagger UI sends the word `string`."""
    example = {} if parameter.kind is BYTES else {"examples": ["" if parameter.example is None else parameter.example]}
    return {"description": parameter.about} | _schema(parameter.kind) | example


def _schema(kind: Any) -> dict[str, Any]:
    if kind is BYTES:
        return {"type": "string", "contentMediaType": "application/octet-stream"}
    [schema], _ = msgspec.json.schema_components([kind], ref_template=REF)
    plain: dict[str, Any] = _plain(schema)
    return plain


def _plain(schema: Any) -> Any:
    """The schema with its references renamed to valid component names."""
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
    """`Success_list_a.module.Shape__` as a component name (OpenAPI 3.1, Components Object): `Success_list_Shape`."""
    return re.sub(r"\W+", "_", re.sub(r"[^\W_]+\.", "", name)).strip("_")


def _answers(doc: Doc) -> tuple[Any, ...]:
    """The possible shapes of an answer."""
    if isinstance(doc.answer, Stream):
        return (doc.answer.shape,)
    return doc.answer if isinstance(doc.answer, tuple) else (doc.answer,)


def _is_shape(kind: Any) -> bool:
    return kind not in {None, BYTES, EMPTY} and not isinstance(kind, Media)
