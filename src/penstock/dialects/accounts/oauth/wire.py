"""The published shapes of OAuth 2.0: RFC 6749 §5, RFC 7662 §2.2, RFC 8414 §2."""

import msgspec
from msgspec import UNSET, UnsetType


class OAuthError(msgspec.Struct, kw_only=True):
    """Every error (RFC 6749 §5.2)."""

    error: str
    error_description: str

    @property
    def message(self) -> str:
        """What a person is told."""
        return self.error_description


class Granted(msgspec.Struct):
    """A token that was granted (RFC 6749 §5.1). `expires_in` in seconds."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str
    refresh_token: str | UnsetType = UNSET


class Revoked(msgspec.Struct):
    """A token that is not good any more, if it ever was (RFC 7009 §2.2)."""


class Introspected(msgspec.Struct):
    """What a token stands for; of one that is not good, that alone is told (RFC 7662 §2.2). Times are Unix seconds."""

    active: bool
    scope: str | UnsetType = UNSET
    client_id: str | UnsetType = UNSET
    username: str | UnsetType = UNSET
    token_type: str | UnsetType = UNSET
    exp: int | UnsetType = UNSET
    iat: int | UnsetType = UNSET
    sub: str | UnsetType = UNSET


class Metadata(msgspec.Struct):
    """What this server can do (RFC 8414 §2)."""

    issuer: str
    token_endpoint: str
    revocation_endpoint: str
    introspection_endpoint: str
    scopes_supported: list[str]
    grant_types_supported: list[str]
    response_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    introspection_endpoint_auth_methods_supported: list[str]
