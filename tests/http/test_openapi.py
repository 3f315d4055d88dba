"""The documentation of the API."""

import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from penstock.bootstrap import rooms_of
from penstock.http.rooms import Room
from tests.house import House

ROOMS = ["scratch", "instant", "files"]


async def document(house: House, room: str) -> dict[str, Any]:
    answer = await house.anyone.get(f"/docs/{room}/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()
    return found


def room_of(house: House, name: str) -> Room:
    return next(room for room in rooms_of(house.works) if room.name == name)


@pytest.mark.parametrize("name", ROOMS)
async def test_the_document_is_openapi(house: House, name: str) -> None:
    """Each room's document is valid OpenAPI 3.1."""
    OpenAPIV31SpecValidator(await document(house, name)).validate()


@pytest.mark.parametrize("name", ROOMS)
async def test_every_call_is_documented(house: House, name: str) -> None:
    """Each call stands in the document with a summary, its parameters, what it answers and how it refuses."""
    paths = (await document(house, name))["paths"]
    calls = room_of(house, name).calls
    documented = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert documented == {(call.method, re.sub(r":\w+}", "}", call.path)) for call in calls}
    for call in calls:
        operation = paths[re.sub(r":\w+}", "}", call.path)][call.method.lower()]
        assert operation["summary"]
        assert "200" in operation["responses"]
        elsewhere = {parameter["name"] for parameter in operation["parameters"]}
        assert elsewhere == {parameter.name for parameter in call.doc.parameters if parameter.place != "form"}
        fields = {parameter.name for parameter in call.doc.parameters if parameter.place == "form"}
        if fields:
            form = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
            assert set(form["properties"]) == fields
        assert set(re.findall(r"{(\w+)", call.path)) <= elsewhere
    identifiers = [operation["operationId"] for methods in paths.values() for operation in methods.values()]
    assert len(identifiers) == len(set(identifiers))


@pytest.mark.parametrize("name", ROOMS)
async def test_a_page_needs_no_network(house: House, name: str) -> None:
    """A room's page loads nothing but what this server has, under a policy that allows nothing else."""
    page = await house.anyone.get(f"/docs/{name}")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    needed = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert needed
    for address in needed:
        assert address.startswith("/"), address
        answer = await house.anyone.get(address)
        assert answer.status_code == 200
        assert answer.content
    assert f"/docs/{name}/openapi.json" in (await house.anyone.get(f"/docs/{name}/start.js")).text


async def test_the_index_leads_everywhere(house: House) -> None:
    """From `/docs` every room's page and the operators' addresses can be reached."""
    index = (await house.anyone.get("/docs")).text
    for address in (*(f"/docs/{name}" for name in ROOMS), "/healthz", "/readyz", "/metrics"):
        assert f'href="{address}"' in index
        assert (await house.anyone.get(address)).status_code == 200
