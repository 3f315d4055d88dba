"""What holds for every request of `resumable`: its limits are told, and bodies are taken as they are coded."""

from collections.abc import Callable, Sequence

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from penstock.dialects.resumable.versions import version_of
from penstock.dialects.resumable.wire import PARTIAL_TYPE, PROBLEM_TYPE, Problem
from penstock.http.bodies.digests import CONTENT_DIGESTS
from penstock.http.routing.authenticator import Authenticator
from penstock.http.routing.dialect_app import Call, DialectApp, Word, Wording
from penstock.http.routing.lines import in_one_line
from penstock.model.faults import Fault, OffsetWrong, UploadSealed


class ResumableApp(DialectApp):
    """The calls of `resumable`."""

    takes_coded = True  # §8

    def __init__(
        self,
        name: str,
        calls: Sequence[Call],
        authenticator: Authenticator,
        word: Word,
        limits: Callable[[], dict[str, str]],
    ) -> None:
        """`limits` words those of a new upload."""
        wording = Wording(word, Problem, PROBLEM_TYPE, verbatim=True)
        super().__init__(name, "resumable: Resumable Uploads for HTTP", calls, authenticator, wording)
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        scope["headers"] = [header for header in in_one_line(scope["headers"]) if not _unknown_digest(*header)]
        answer = _Limited(send, self._limits())
        if scope["method"] == "OPTIONS":
            scope["penstock.dialect"] = self.name
            await Response(status_code=204, headers={"Accept-Patch": PARTIAL_TYPE})(scope, receive, answer)
        else:
            await super().__call__(scope, receive, answer)

    def fault_headers(self, fault: Fault, scope: Scope) -> dict[str, str]:
        """Where an append was to begin, and whether the upload is complete, too."""
        version = version_of(Headers(scope=scope))
        match fault:
            case OffsetWrong(expected=expected):
                own = {"Upload-Offset": str(expected)} | version.telling(complete=False)
            case UploadSealed():
                own = version.telling(complete=True)
            case _:
                own = {}
        return super().fault_headers(fault, scope) | own


class _Limited:
    """A `send` that adds the limits to every answer that does not tell its own."""

    def __init__(self, send: Send, limits: dict[str, str]) -> None:
        self._send = send
        self._limits = [(name.lower().encode(), value.encode()) for name, value in limits.items()]

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            told = {name.lower() for name, _ in message["headers"]}
            own = [header for header in self._limits if header[0] not in told]
            message = {**message, "headers": [*message["headers"], *own]}
        await self._send(message)


def _unknown_digest(name: bytes, value: bytes) -> bool:
    """Whether a header states digests of unknown algorithms alone, which are passed over (RFC 9530 §5)."""
    if name != b"content-digest":
        return False
    algorithms = {member.partition("=")[0].strip() for member in value.decode("latin-1").split(",")}
    return not algorithms & CONTENT_DIGESTS.keys()
