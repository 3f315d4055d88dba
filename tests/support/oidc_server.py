"""An OpenID Connect issuer for the tests, over real HTTP."""

import base64
import gzip
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

DISCOVERY, KEYS = "/.well-known/openid-configuration", "/keys"
AUDIENCE = "penstock"


class OidcServer:
    """It signs tokens with the newest of its keys. `asked` counts what it was asked for, by path; `answers` are bodies
    that it gives in the place of its own; what it says of itself is in `discovery`.
    """

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.answers: dict[str, bytes] = {}
        self.delay = 0.0
        self.keys: list[Key] = []
        self._server: ThreadingHTTPServer | None = None
        self.start()
        self.port = self._listening.server_port
        self.discovery = {"issuer": self.url, "jwks_uri": f"{self.url}{KEYS}"}
        self.rotate()

    @property
    def url(self) -> str:
        """What it calls itself."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, port: int = 0) -> None:
        """Listen."""
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Be gone, until it starts again on the same port."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def restart(self) -> None:
        """Be back."""
        self.start(self.port)

    @property
    def _listening(self) -> ThreadingHTTPServer:
        assert self._server is not None
        return self._server

    def rotate(self, key: Key | None = None) -> Key:
        """A new key beside those there are; tokens are signed with it from now on."""
        self.keys.append(key or new_key("ES256", f"key {len(self.keys)}"))
        return self.keys[-1]

    def says(self, path: str) -> object:
        """What it answers by itself; None where there is nothing."""
        if path == DISCOVERY:
            return self.discovery
        if path == KEYS:
            return {"keys": [key.as_dict(private=key.key_type == "oct") for key in self.keys]}
        return None

    def claims(self, **changed: object) -> dict[str, Any]:
        """What a good token of Carol's says; a change to None leaves a claim out."""
        now = time.time()
        good = {"iss": self.url, "aud": AUDIENCE, "sub": "carol", "iat": now, "exp": now + 300}
        return {name: value for name, value in {**good, **changed}.items() if value is not None}

    def token(self, *, key: Key | None = None, header: Mapping[str, object] = {}, **changed: object) -> str:
        """A token of Carol's, with these changes."""
        key = key or self.keys[-1]
        head = {"alg": key.alg, "kid": key.kid, **header}
        return signed({name: value for name, value in head.items() if value is not None}, self.claims(**changed), key)


def new_key(algorithm: str, kid: str) -> Key:
    """A new key for an algorithm."""
    parameters: Any = {"kid": kid, "alg": algorithm, "use": "sig"}
    match algorithm[:2]:
        case "ES":
            return ECKey.generate_key("P-384" if algorithm == "ES384" else "P-256", parameters)
        case "Ed":
            return OKPKey.generate_key("Ed25519", parameters)
        case "HS":
            return OctKey.generate_key(256, parameters)
        case _:
            return RSAKey.generate_key(2048, parameters)


class _Anything(JWSRegistry):
    """Signs with whatever algorithm there is, under any header."""

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]

    def check_header(self, header: dict[str, Any]) -> None:
        pass


def signed(header: dict[str, Any], claims: dict[str, Any], key: Key) -> str:
    """A JWT with just this header and these claims."""
    return jwt.encode(header, claims, key, registry=_Anything(), default_type=None)


def unsigned(header: object, payload: bytes, signature: bytes = b"") -> str:
    """What looks like a JWT."""
    pieces = (json.dumps(header).encode(), payload, signature)
    return ".".join(base64.urlsafe_b64encode(piece).decode().rstrip("=") for piece in pieces)


@contextmanager
def serve_oidc() -> Iterator[OidcServer]:
    """Run an issuer."""
    server = OidcServer()
    try:
        yield server
    finally:
        server.stop()


def _handler(issuer: OidcServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked[self.path] += 1
            time.sleep(issuer.delay)
            document = issuer.says(self.path)
            body = issuer.answers.get(self.path, json.dumps(document).encode())
            self.send_response(200 if document is not None else 404)
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                body = gzip.compress(body)
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
