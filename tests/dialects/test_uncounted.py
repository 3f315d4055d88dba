"""While calls cannot be counted: who may be guessing waits, and everybody else goes on."""

import pytest

from penstock.adapters.redis_limits import RedisLimiter
from penstock.adapters.sql.limits import SqlLimiter
from penstock.model.faults import LimiterUnavailable
from tests.dialects.accounts.client import promote
from tests.dialects.every_call import Known, call_of, in_envelope, known_calls, params, send
from tests.support.server import Server, every_name

pytestmark = pytest.mark.dialects(*every_name(), open=())


async def unavailable(*_: object) -> None:
    """A limiter whose counts cannot be had."""
    raise LimiterUnavailable(5)


@pytest.mark.parametrize("known", params(known_calls()))
async def test_who_may_be_guessing_waits(server: Server, known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that takes a password or a code, and says that it counts attempts, is 503 with `Retry-After` in its own
    envelope; any other is answered as ever, and tells of no limit that nobody counts.
    """
    app, call = call_of(server, known)
    if known.row.admin is not None:
        promote(server, "alice")
    good = await known.row.good(server)
    for limiter in (SqlLimiter, RedisLimiter):
        monkeypatch.setattr(limiter, "hit", unavailable)
    answer = await send(server.alice, known.method, known.path, good)
    if any(isinstance(fault, LimiterUnavailable) for fault in call.doc.faults):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert in_envelope(app, known.path, answer)
    else:
        assert answer.status_code < 400
        assert not {name for name in answer.headers if name.startswith("x-ratelimit")}
