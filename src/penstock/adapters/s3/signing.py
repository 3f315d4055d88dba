"""Signatures of requests, version 4 (AWS Signature Version 4, *Authenticating Requests*)."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

UNSIGNED = "UNSIGNED-PAYLOAD"
"""The digest of a body that is not signed: it is not known before the last byte is sent."""

LONGEST = 7 * 86400
"""For how many seconds at most an address can be signed."""


class _UnsignedPayload(S3SigV4Auth):  # type: ignore[misc]  # botocore has no types
    def payload(self, request: Any) -> str:
        return UNSIGNED


def signed_headers(
    credentials: ReadOnlyCredentials, region: str, method: str, url: str, headers: Mapping[str, str]
) -> dict[str, str]:
    """The headers of a request, signed, whatever its body will be."""
    request = AWSRequest(method, url, dict(headers))
    _UnsignedPayload(credentials, "s3", region).add_auth(request)
    return dict(request.headers.items())


@dataclass(frozen=True, slots=True)
class Presigner:
    """Signs addresses of the store that others may use. botocore's signer of queries takes four times as long, and an
    `init` of `oss` asks for as many as 10,000 addresses.
    """

    access: str
    token: str | None
    scope: str
    date: str
    key: bytes

    def sign(
        self,
        method: str,
        url: str,
        ttl: float,
        *,
        headers: Mapping[str, str] = {},
        query: Mapping[str, str] = {},
    ) -> str:
        """The signed address. Whoever uses it must send these `headers`."""
        parts = urlsplit(url)
        fields = {"host": parts.netloc} | {name.lower(): value for name, value in headers.items()}
        names = ";".join(sorted(fields))
        values = dict(query) | {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{self.access}/{self.scope}",
            "X-Amz-Date": self.date,
            "X-Amz-Expires": str(max(1, min(int(ttl), LONGEST))),
            "X-Amz-SignedHeaders": names,
        }
        if self.token:
            values["X-Amz-Security-Token"] = self.token
        text = "&".join(f"{quoted(name)}={quoted(values[name])}" for name in sorted(values))
        heads = "".join(f"{name}:{fields[name]}\n" for name in sorted(fields))
        request = f"{method}\n{parts.path}\n{text}\n{heads}\n{names}\n{UNSIGNED}"
        digest = hashlib.sha256(request.encode()).hexdigest()
        message = f"AWS4-HMAC-SHA256\n{self.date}\n{self.scope}\n{digest}"
        return f"{url}?{text}&X-Amz-Signature={hmac.digest(self.key, message.encode(), hashlib.sha256).hex()}"


def presigner(credentials: ReadOnlyCredentials, region: str, now: float) -> Presigner:
    """A signer of addresses that are valid from `now` (Unix seconds) on."""
    date = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = (date[:8], region, "s3", "aws4_request")
    key = f"AWS4{credentials.secret_key}".encode()
    for word in scope:
        key = hmac.digest(key, word.encode(), hashlib.sha256)
    return Presigner(credentials.access_key, credentials.token, "/".join(scope), date, key)


def quoted(text: str, safe: str = "") -> str:
    """Text as it stands in an address, with the characters `safe` as they are."""
    return quote(text, safe=f"-_.~{safe}")
