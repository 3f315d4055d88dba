"""Tokens that carry their expiry, for front ends that parse tokens as JWTs."""

import hashlib
import json
from base64 import b64encode, urlsafe_b64encode


def dated(secret: str, ends: float) -> str:
    """The secret in three parts with dots between them: itself, the base64 of a JSON with `exp` alone (`ends`, in whole
    Unix seconds), and a check over both. `atob` reads the middle one: its alphabet is the plain one.
    """
    content = (
        f"{secret}.{b64encode(json.dumps({'exp': int(ends)}, separators=(',', ':')).encode()).decode().rstrip('=')}"
    )
    return f"{content}.{_check(content)}"


def undated(token: str) -> str:
    """The secret in a token; a token that `dated` did not create is the secret itself."""
    content, _, check = token.rpartition(".")
    return content.partition(".")[0] if content.count(".") == 1 and check == _check(content) else token


def _check(content: str) -> str:
    """The checksum at the end of a token, so that an altered one is unknown. It is not a signature."""
    return urlsafe_b64encode(hashlib.sha256(content.encode(errors="surrogatepass")).digest()[:12]).decode()
