"""What `Upload-Concat` says (tus 1.0.0, *Concatenation*)."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from starlette.requests import Request

from penstock.http.routing.clients import Proxies
from penstock.model.concat import Concat
from penstock.model.faults import InputInvalid
from penstock.model.ids import UploadId

HEADER = "Upload-Concat"

OFTEN = 8
"""How often the same upload may be in another: a header must not make a terabyte of a gigabyte."""

_ADDRESS = re.compile(r"(?:/[^/]*)*/files/([^/]+)")
"""The address of an upload, below whatever path a proxy has put before it."""


@dataclass(frozen=True, slots=True)
class Concatenation:
    """What an upload is to be: one that is `partial`, or one that is made of `sources`."""

    concat: Concat
    sources: Sequence[UploadId] = ()


def read_concat(request: Request, proxies: Proxies) -> Concatenation | None:
    """What the header says; None without one. Raises `InputInvalid` for what is neither `partial` nor a list of
    addresses of this server.
    """
    told = request.headers.get(HEADER)
    if told is None:
        return None
    word, listed, addresses = told.partition(";")
    if told == Concat.PARTIAL:
        return Concatenation(Concat.PARTIAL)
    if word != Concat.FINAL or not listed or not addresses.split():
        raise InputInvalid(HEADER, "neither `partial` nor `final;` and a list of addresses")
    hosts = proxies.hosts(request)
    sources = [_upload_at(address, hosts) for address in addresses.split()]
    if Counter(sources).most_common(1)[0][1] > OFTEN:
        raise InputInvalid(HEADER, f"the same upload more than {OFTEN} times")
    return Concatenation(Concat.FINAL, sources)


def key_of(told: str | None, metadata: str | None) -> str:
    """Under which a creation is found that comes again because its answer was lost, or did not wait."""
    return f"final {sha256(repr((told, metadata)).encode()).hexdigest()}"


def _upload_at(address: str, hosts: set[str]) -> UploadId:
    try:
        parts = urlsplit(address)
    except ValueError:
        raise InputInvalid(HEADER, "not an address") from None
    if parts.netloc and parts.netloc.lower() not in hosts:
        raise InputInvalid(HEADER, "the address of another server")
    found = _ADDRESS.fullmatch(parts.path)
    if found is None:
        raise InputInvalid(HEADER, "not the address of an upload")
    return UploadId(found[1])
