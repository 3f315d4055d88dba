"""The documentation of the API: it is whole, and what it says of refusals is what is answered."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec
import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from penstock.bootstrap import dialect_apps
from penstock.dialects import every_dialect
from penstock.http.docs.refusals import refusals_of
from penstock.http.routing.dialect_app import Call, DialectApp
from penstock.model.principal import EVERY_SCOPE
from tests.dialects.every_call import calls_module, in_envelope
from tests.support.server import OpenServer, Server, every_name

pytestmark = pytest.mark.dialects(*every_name(), open=())

PREFIX = "/a/path/of/the/proxy"
TIMESTAMP = re.compile(r'"timestamp": ?("[^"]*"|[0-9]+)')

SHARED = "/api/file/upload"
"""The one address of two dialects: without a body to tell by, it is `instant` that refuses."""


@dataclass(frozen=True)
class Operation:
    """A call, and what its document says of it."""

    call: Call
    key: str
    said: dict[str, Any]

    @property
    def refusals(self) -> dict[int, dict[str, Any]]:
        """What is said of each status that is a refusal."""
        return {int(status): said for status, said in self.said["responses"].items() if int(status) >= 400}

    def example(self, fault: str) -> tuple[int, str]:
        """What is said that this fault is answered, without the time."""
        [found] = [
            (status, stripped(example["value"]))
            for status, said in self.refusals.items()
            for content in said["content"].values()
            for name, example in content["examples"].items()
            if name.endswith(f" {fault}")
        ]
        return found


async def document(server: Server, dialect: str) -> dict[str, Any]:
    answer = await server.anyone.get(f"/docs/{dialect}/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    document: dict[str, Any] = answer.json()
    return document


async def operations(server: Server, name: str) -> list[Operation]:
    paths = (await document(server, name))["paths"]
    return [
        Operation(call, f"{call.method} {path}", paths[path][call.method.lower()])
        for call in app_of(server, name).calls
        if not call.alias
        for path in [re.sub(r":\w+}", "}", call.path)]
    ]


def app_of(server: Server, name: str) -> DialectApp:
    return next(app for app in dialect_apps(server.container).values() if app.name == name)


def stripped(envelope: Any) -> str:
    """An envelope without the time."""
    return TIMESTAMP.sub("", msgspec.json.encode(envelope).decode())


@pytest.fixture(params=[dialect.name for dialect in every_dialect()])
def name(request: pytest.FixtureRequest) -> str:
    """Each dialect in turn."""
    found: str = request.param
    return found


async def test_the_document_is_openapi(server: Server, name: str) -> None:
    """Each dialect's document is valid OpenAPI 3.1."""
    OpenAPIV31SpecValidator(await document(server, name)).validate()


async def test_every_call_is_documented(server: Server, name: str) -> None:
    """Each call stands in the document with its parameters, what it answers and how it refuses, and no other."""
    paths = (await document(server, name))["paths"]
    found = await operations(server, name)
    assert {operation.key for operation in found} == {
        f"{method.upper()} {path}" for path, methods in paths.items() for method in methods
    }
    for operation in found:
        call, said = operation.call, operation.said
        assert str(operation.call.doc.status) in said["responses"]
        elsewhere = {parameter["name"] for parameter in said["parameters"]}
        places = {parameter.name: parameter.place for parameter in call.doc.parameters}
        assert elsewhere == {each for each, place in places.items() if place not in {"form", "field"}}
        if fields := places.keys() - elsewhere:
            [content] = said["requestBody"]["content"].values()
            assert content["schema"]["properties"].keys() == fields
        assert set(re.findall(r"{(\w+)", call.path)) <= elsewhere
    identifiers = [operation.said["operationId"] for operation in found]
    assert len(identifiers) == len(set(identifiers))


async def test_nothing_lacks_a_description(server: Server, name: str) -> None:
    """Calls, parameters, fields of bodies, answers, refusals, headers and shapes: each is described."""
    whole = await document(server, name)
    shapes = whole["components"]["schemas"]
    lacking = [f"shape {shape}" for shape, schema in shapes.items() if not schema.get("description")]
    assert whole["info"]["description"]
    for operation in await operations(server, name):
        said, key = operation.said, operation.key
        described = [("summary", said["summary"]), ("call", said["description"])]
        described += [(parameter["name"], parameter["description"]) for parameter in said["parameters"]]
        for status, response in said["responses"].items():
            described.append((status, response["description"]))
            described += [(header, told["description"]) for header, told in response.get("headers", {}).items()]
        for content in said.get("requestBody", {"content": {}})["content"].values():
            described += fields_of(content["schema"], shapes)
        lacking += [f"{key}: {what}" for what, text in described if not text]
    assert lacking == []


def fields_of(schema: Any, shapes: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Every field of a body, however deep, with its description."""
    if isinstance(schema, list):
        for inner in schema:
            yield from fields_of(inner, shapes)
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        yield from fields_of(shapes[schema["$ref"].rpartition("/")[2]], shapes)
    for field, said in schema.get("properties", {}).items():
        yield field, said.get("description")
        yield from fields_of(said, shapes)
    for key in ("anyOf", "items", "allOf"):
        yield from fields_of(schema.get(key), shapes)


async def test_every_call_says_who_may(server: Server, name: str) -> None:
    """A call has a lock, names its scope and may be refused 401 and 403, or it has no lock and says so."""
    for operation in await operations(server, name):
        said, scope = operation.said, operation.call.scope
        if scope is None:
            assert said["security"] == []
            assert said["description"].startswith("Asks for no token. ")
        else:
            assert said["security"] == [{"token": []}]
            assert f"`{scope}`" in said["description"]
            assert {401, 403} <= operation.refusals.keys()


@pytest.mark.dialects("instant", "metaid", open=("instant",))
async def test_anonymous_access_is_no_lock(server: Server) -> None:
    """With anonymous access by the settings the document asks for no token, and allows one."""
    for name in ("instant", "metaid"):
        for operation in await operations(server, name):
            assert operation.said["security"] == [*([{}] if name == "instant" else []), {"token": []}]
            assert ("Asks for no token;" in operation.said["description"]) == (name == "instant")


@pytest.mark.parametrize("told", [False, True])
async def test_an_issuer_may_be_unavailable(open_server: OpenServer, told: bool) -> None:
    """Only where tokens of an issuer are good is it said that their issuer may be unavailable."""
    issuer = {"oidc_issuer": "https://issuer.example", "oidc_audience": "penstock"} if told else {}
    async with open_server(dialects=("files",), **issuer) as server:
        [info] = [each for each in await operations(server, "files") if each.key.endswith("/info")]
        assert (503 in info.refusals) == told


async def test_room_is_asked_for_where_it_is_needed(server: Server, name: str) -> None:
    """507 stands at the calls that need room on the disk or in a quota, and at no other."""
    assert {each.key for each in await operations(server, name) if 507 in each.refusals} == calls_module(name).STORING


async def test_files_come_whole_or_in_ranges(server: Server, name: str) -> None:
    """206, 304, 412 and 416 stand at the calls that answer a file's bytes, and at no other; 412 also stands where a
    request says the version of its protocol, or of what it changes.
    """
    versioned: set[str] = getattr(calls_module(name), "VERSIONED", set())
    for operation in await operations(server, name):
        statuses = set(operation.said["responses"]) & {"206", "304", "412", "416"}
        expected = {"206", "304", "412", "416"} if operation.key in calls_module(name).DELIVERING else set()
        assert statuses == expected | ({"412"} if operation.key in versioned else set())


async def test_refusals_are_the_words_of_the_dialect(server: Server, name: str) -> None:
    """Each example of a refusal is what the dialect answers to a fault, stands under its status, and says so itself."""
    app, whole = app_of(server, name), await document(server, name)
    for operation in await operations(server, name):
        worded = {
            (*reworded(app.wording(operation.call.path).word(fault)), said, type(fault).__name__)
            for fault, said in refusals_of(app, operation.call).items()
        }
        told = set()
        for status, said in operation.refusals.items():
            [content] = said["content"].values()
            for key, example in content["examples"].items():
                told.add((status, stripped(example["value"]), example["summary"], key.partition(" ")[2]))
                assert in_envelope(app, operation.call.path, httpx.Response(status, json=example["value"])), (
                    operation.key,
                    example,
                )
                OAS31Validator(content["schema"] | {"components": whole["components"]}).validate(example["value"])
                assert example["summary"] in said["description"]
            kinds = [(key.partition(" ")[2], stripped(one["value"])) for key, one in content["examples"].items()]
            assert len(kinds) == len(set(kinds)), operation.key
        assert told == worded


def reworded(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], stripped(answer[1])


async def test_the_door_refuses_as_is_told(server: Server, name: str) -> None:
    """Without a token, with a wrong one and with one for something else, every call answers what its document shows."""
    for operation in await operations(server, name):
        if (scope := operation.call.scope) is None:
            continue
        weak = await server.container.engine.access.create_token("alice", EVERY_SCOPE - {scope}, None)
        for token, fault in ((None, "NotSignedIn"), ("pst_guessed", "BadToken"), (weak, "ScopeMissing")):
            server.forgive()
            path = re.sub(r"{\w+}", "x", operation.key.partition(" ")[2])
            path = f"/oss{path}" if name == "oss" and path == SHARED else path
            answer = await server.caller(token).request(operation.call.method, path)
            status, example = operation.example(fault)
            said = example if operation.call.method == "HEAD" else stripped(answer.json())  # it has no body
            assert (answer.status_code, said) == (status, example), operation.key


@pytest.mark.dialects("instant", "metaid", open=("instant", "metaid"))
async def test_anonymous_access_refuses_as_is_told(server: Server) -> None:
    """A page of another origin that shows no token is answered what the documents of anonymous access show."""
    stranger = server.caller(headers={"Origin": "https://elsewhere.example"})
    for operation in [each for name in ("instant", "metaid") for each in await operations(server, name)]:
        path = re.sub(r"{\w+}", "x", operation.key.partition(" ")[2])
        answer = await stranger.request(operation.call.method, path)
        assert (answer.status_code, stripped(answer.json())) == operation.example("NotSignedIn")
        assert "another origin" in operation.refusals[401]["description"]


# --- the pages -------------------------------------------------------------------------------------------------------


def under(prefix: str, page: str, address: str) -> str:
    """Where an address leads that stands in a page, when a proxy serves everything under a path of its own."""
    path = urlsplit(urljoin(f"http://penstock{prefix}{page}", address)).path
    assert path.startswith(f"{prefix}/"), f"{address} in {page} leads out of {prefix}"
    return path.removeprefix(prefix)


def pages_of(name: str) -> list[str]:
    elsewhere = ["/metafile-uploader/swagger/index.html"] if name == "metaid" else []
    return [f"/docs/{name}", f"/docs/{name}/", *elsewhere]


@pytest.mark.parametrize("prefix", ["", PREFIX])
async def test_a_page_needs_no_network(server: Server, name: str, prefix: str) -> None:
    """A dialect's page loads from this server, wherever a proxy puts it, under a policy that allows nothing else."""
    for page in pages_of(name):
        answer = await server.anyone.get(page)
        assert answer.headers["content-type"].startswith("text/html")
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        needed = [under(prefix, page, found) for found in re.findall(r'(?:src|href)="([^"]+)"', answer.text)]
        assert len(needed) == 3
        for path in needed:
            answer = await server.anyone.get(path)
            assert answer.status_code == 200
            assert answer.content
        start = f"/docs/{name}/start.js"
        assert start in needed
        [described] = re.findall(
            r'new URL\("([^"]+)", document.currentScript.src\)', (await server.anyone.get(start)).text
        )
        assert under(prefix, start, described) == f"/docs/{name}/openapi.json"


@pytest.mark.parametrize("prefix", ["", PREFIX])
async def test_calls_are_where_the_document_is(server: Server, name: str, prefix: str) -> None:
    """A call's path goes behind the server of the document, which is relative to the document's own address."""
    [base] = (await document(server, name))["servers"]
    assert under(prefix, f"/docs/{name}/openapi.json", base["url"]) == "/"


@pytest.mark.parametrize("prefix", ["", PREFIX])
@pytest.mark.parametrize("page", ["/docs", "/docs/"])
async def test_the_index_leads_everywhere(server: Server, page: str, prefix: str) -> None:
    """From `/docs` every dialect's page and the operators' addresses can be reached, wherever a proxy puts it."""
    index = (await server.anyone.get(page)).text
    found = {under(prefix, page, address) for address in re.findall('href="([^"]+)"', index)}
    assert found == {
        *(f"/docs/{name}" for name in [dialect.name for dialect in every_dialect()]),
        "/healthz",
        "/readyz",
        "/metrics",
    }
    for address in found:
        assert (await server.anyone.get(address)).status_code == 200


@pytest.mark.dialects(ops="127.0.0.1:9100")
async def test_the_index_leads_to_nothing_that_is_elsewhere(server: Server) -> None:
    """Where operators have an address of their own, the index has no links to what is asked there."""
    index = (await server.anyone.get("/docs")).text
    assert re.findall('href="([^"]+z|metrics)"', index) == ["healthz"]


async def test_no_page_leads_out_of_a_proxys_path(server: Server) -> None:
    """Nothing below `/docs` is answered by sending the browser to an absolute address."""
    for path in ("/docs/scratch/openapi.json/", "/docs/assets/", "/docs/nothing/"):
        assert (await server.anyone.get(path)).status_code == 404
