"""Tokens of links that others open: made of their ids and a key, so that their owners can see them again."""

from penstock.identity.access import secret_digest
from penstock.model.signature import derived
from penstock.ports import Keys


class LinkTokens:
    """Makes the tokens of one kind of link. Only their digests are stored: who reads the database opens nothing, since
    the keys are elsewhere, or sealed.
    """

    def __init__(self, keys: Keys, kind: str, prefix: str = "") -> None:
        self._keys = keys
        self._kind = kind
        self._prefix = prefix

    def digest(self, identifier: str) -> str:
        """The digest of the token of a new link, which has this id."""
        return secret_digest(self._token(0, identifier))

    def token(self, identifier: str, digest: str) -> str | None:
        """The token that has this digest; None once the key of which it was made is no longer kept."""
        tokens = (self._token(number, identifier) for number in range(len(self._keys.all())))
        return next((token for token in tokens if secret_digest(token) == digest), None)

    def _token(self, number: int, identifier: str) -> str:
        return self._prefix + derived(self._keys.all()[number], self._kind, identifier)
