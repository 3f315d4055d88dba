"""Which pages of other origins may call."""

import pytest

from tests.support.server import Server

ASKED = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization, x-anything"}


@pytest.mark.parametrize(("origin", "status"), [("https://good.example", 200), ("https://evil.example", 400)])
@pytest.mark.dialects(cors_origins=("https://good.example",))
async def test_a_preflight_is_answered_in_headers_alone(server: Server, origin: str, status: int) -> None:
    """Of exact origins those that are listed may call, with the headers they ask for; neither answer has a body."""
    answer = await server.anyone.options("/api/files/upload", headers=ASKED | {"Origin": origin})
    assert (answer.status_code, answer.content) == (status, b"")
    assert answer.headers.get("access-control-allow-origin") == (origin if status == 200 else None)
    assert "x-anything" in answer.headers["access-control-allow-headers"]


async def test_what_scripts_may_read_is_exposed(server: Server) -> None:
    """ETag, Location, ranges, names and the headers of resumable uploads and rate limits can be read by scripts."""
    answer = await server.anyone.get("/api/file/list", headers={"Origin": "https://any.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    exposed = set(answer.headers["access-control-expose-headers"].lower().split(", "))
    assert {"etag", "location", "content-range", "content-disposition"} <= exposed
    assert {"upload-offset", "tus-resumable", "x-ratelimit-remaining"} <= exposed
