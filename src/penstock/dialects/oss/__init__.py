"""`oss`: presigned parts, resumable downloads, safe pictures (`docs/dialects/oss.md`)."""

from typing import TYPE_CHECKING, Annotated

import msgspec

from penstock.http.dialect import Dialect
from penstock.model.principal import Tier
from penstock.units import GIB, MIB, Bytes, about

if TYPE_CHECKING:
    from penstock.http.routing.dialect_app import DialectApp
    from penstock.http.routing.services import Services


class OssSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The dialect's settings: the largest file in parts, and in one request by the caller's tier (oss.md §5)."""

    file_limit: int
    tier_normal: Annotated[Bytes, about("The largest direct upload of a `normal` user (`oss`).")] = 100 * MIB
    tier_vip: Annotated[Bytes, about("The largest direct upload of a `vip` user (`oss`).")] = 500 * MIB
    tier_enterprise: Annotated[Bytes, about("The largest direct upload of an `enterprise` user (`oss`).")] = 2 * GIB

    def direct_limit(self, tier: Tier) -> int:
        """The most bytes of one request."""
        return {Tier.NORMAL: self.tier_normal, Tier.VIP: self.tier_vip, Tier.ENTERPRISE: self.tier_enterprise}[tier]


def _build(services: "Services", settings: OssSettings) -> "DialectApp":
    from penstock.dialects.oss.routes import oss

    return oss(services, settings)


DIALECT = Dialect(
    name="oss",
    prefixes=("/api/file/multipart/", "/api/file/download", "/api/file/md5", "/api/media/", "/api/v", "/oss/"),
    telling={"/api/file/upload": frozenset({"identifier", "file"})},  # `instant` has it, too (RULINGS, `instant`)
    build=_build,
    settings=OssSettings,
)
