"""Where the store is: `s3://BUCKET[/PREFIX][?endpoint=URL&region=NAME]`."""

import os
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

_OPTIONS = {"endpoint", "region"}


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """A bucket, and what comes before every key in it: nothing, or words that end in a slash. Without an endpoint or a
    region those hold that other S3 tools find in the environment.
    """

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None


def store_address(text: str) -> StoreAddress:
    """The address in a setting. Raises `ValueError`, which says what is wrong with it."""
    parts = urlsplit(text)
    if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc:
        raise ValueError(f"{text!r} is not s3://BUCKET?endpoint=URL&region=NAME.")
    options = parse_qs(parts.query, strict_parsing=bool(parts.query))
    if unknown := options.keys() - _OPTIONS:
        raise ValueError(f"{sorted(unknown)[0]!r} is neither endpoint nor region.")
    endpoint = options.get("endpoint", [None])[0]
    if endpoint is not None and urlsplit(endpoint).scheme not in {"http", "https"}:
        raise ValueError(f"the endpoint {endpoint!r} is not http(s)://HOST.")
    prefix = parts.path.strip("/")
    return StoreAddress(
        parts.netloc,
        f"{prefix}/" if prefix else "",
        endpoint.rstrip("/") if endpoint else None,
        options.get("region", [None])[0],
    )


def base_url(address: StoreAddress, region: str) -> str:
    """The bucket's own address. Its name is in the path where the store is named, or where it would not fit a
    certificate.
    """
    named = address.endpoint or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if named:
        return f"{named.rstrip('/')}/{address.bucket}"
    host = f"s3.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"
    return f"https://{host}/{address.bucket}" if "." in address.bucket else f"https://{address.bucket}.{host}/"
