"""Where the store is: `s3://BUCKET[/PREFIX][?endpoint=URL&region=NAME&public=URL]`."""

import os
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit

_OPTIONS = {"endpoint", "region", "public"}

OFF = "off"
"""What `public` says of a store that clients cannot reach."""


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """A bucket, and what comes before every key in it: nothing, or words that end in a slash. Without an endpoint or a
    region those hold that other S3 tools find in the environment. `public` is where clients reach the store, if that is
    elsewhere; or `OFF`.
    """

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    public: str | None = None


def store_address(text: str) -> StoreAddress:
    """The address in a setting. Raises `ValueError`, which says what is wrong with it."""
    parts = urlsplit(text)
    if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc:
        raise ValueError(f"{text!r} is not s3://BUCKET?endpoint=URL&region=NAME.")
    options = parse_qs(parts.query, strict_parsing=bool(parts.query))
    if unknown := options.keys() - _OPTIONS:
        raise ValueError(f"{sorted(unknown)[0]!r} is none of endpoint, region and public.")
    chosen = {name: values[0].rstrip("/") for name, values in options.items()}
    for name in ("endpoint", "public"):
        url = chosen.get(name, "")
        if url and url != (OFF if name == "public" else "") and urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError(f"the {name} {url!r} is not http(s)://HOST.")
    prefix = parts.path.strip("/")
    return StoreAddress(
        parts.netloc,
        f"{prefix}/" if prefix else "",
        **chosen,
    )


def public_url(address: StoreAddress, region: str) -> str | None:
    """The bucket's address for clients; None when they cannot reach it."""
    if address.public == OFF:
        return None
    return base_url(replace(address, endpoint=address.public or address.endpoint), region)


def base_url(address: StoreAddress, region: str) -> str:
    """The bucket's own address. Its name is in the path where the store is named, or where it would not fit a
    certificate.
    """
    named = address.endpoint or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if named:
        return f"{named.rstrip('/')}/{address.bucket}"
    host = f"s3.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"
    return f"https://{host}/{address.bucket}" if "." in address.bucket else f"https://{address.bucket}.{host}/"
