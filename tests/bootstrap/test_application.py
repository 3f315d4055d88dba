"""How dialects come together to one application."""

from dataclasses import replace

import pytest

from penstock.bootstrap import dialect_apps
from penstock.bootstrap.application import _addresses
from penstock.http.routing.dispatch import PathDispatcher
from penstock.http.routing.limits import RateLimit
from tests.support.server import Server


@pytest.mark.dialects("instant", "oss")
async def test_a_rate_limit_holds_at_a_shared_address(server: Server) -> None:
    """Calls of a dialect that count are counted also where a field tells them apart from another dialect's."""
    apps = dialect_apps(server.container)
    next(app for app in apps.values() if app.name == "instant").rate_limit = lambda _: RateLimit("test", 1)
    together = PathDispatcher(_addresses(server.container, apps), server.container.metrics)
    alice = replace(server, app=together).caller(server.people.alice)
    statuses = [
        (await alice.post("/api/file/upload", params={field: "x"})).status_code
        for field in ("file_id", "file_id", "identifier")
    ]
    assert [status == 429 for status in statuses] == [False, True, False]
