"""Variants rendered on request: statements within the transactions of `SqlFiles`.

Their bytes count as those of whoever asked for them. Of one picture only so many are kept: the longest unused give way.
The recipe stays, so that the variant can be made anew. Thumbnails and avatar sizes are made with their picture and are
nobody's.
"""

from dataclasses import dataclass

import msgspec

from penstock.adapters.sql.quotas import Quotas
from penstock.adapters.sql.tx import Look, Row, Tx, within
from penstock.model.faults import TooManyVariants
from penstock.model.ids import PrincipalId, Sha256
from penstock.model.image import Recipe


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most variants of one picture with bytes, the most recipes of one picture, and how many removals of each owner
    are remembered.
    """

    variants: int = 64
    recipes: int = 1000
    tombstones: int = 10_000


USUAL_BOUNDS = Bounds()


async def check_recipe(look: Look, source: Sha256, recipe: Recipe, bounds: Bounds) -> None:
    """Raise `TooManyVariants` unless the picture has this recipe or may have one more."""
    row = await look(_RECIPES, source=source, recipe=recipe.name())
    assert row is not None  # an aggregate has one row
    if not row["known"] and row["recipes"] >= bounds.recipes:
        raise TooManyVariants(bounds.recipes)


async def record_recipe(tx: Tx, source: Sha256, recipe: Recipe) -> None:
    """Record the variant's recipe."""
    values = {"source": source, "recipe": recipe.name(), "spec": msgspec.json.encode(recipe).decode()}
    await tx.run(_RECORD, values)


async def put_counted(tx: Tx, source: Sha256, recipe: str, blob: Sha256, owner: PrincipalId, now: float) -> None:
    """Record a variant that counts as its owner's."""
    values = {"source": source, "recipe": recipe, "blob": blob, "owner": owner, "now": now}
    await tx.run(_PUT, values)
    await tx.run(_ADD, values)


async def make_way(
    tx: Tx,
    quotas: Quotas,
    source: Sha256,
    owner: PrincipalId,
    size: int,
    bounds: Bounds,
    *,
    anew: bool,
) -> None:
    """Drop the longest unused of a picture's variants until one more is allowed; for one made `anew` also until its
    owner's quota has headroom for it.
    """
    while (await tx.one(_COUNT, {"source": source}))["kept"] >= bounds.variants:
        await _drop_oldest(tx, source)
    headroom = await quotas.left(within(tx), owner)
    while anew and headroom is not None and size > headroom.most and await _drop_oldest(tx, source, owner):
        headroom = await quotas.left(within(tx), owner)
    if headroom is not None and size > headroom.most:
        raise headroom.refusal(size)


async def drop_unowned(tx: Tx, owner: PrincipalId | None = None, source: str | None = None) -> None:
    """Drop the variants of owners that no longer have a file of the picture."""
    for row in await tx.all(_UNOWNED, {"owner": owner, "source": source}):
        await _drop(tx, row)


async def drop_recipe(tx: Tx, source: Sha256, recipe: str) -> None:
    """Drop a variant that is about to be recorded again, so that it is counted once."""
    for row in await tx.all(_ONE, {"source": source, "recipe": recipe}):
        await _drop(tx, row)


async def _drop_oldest(tx: Tx, source: Sha256, owner: PrincipalId | None = None) -> bool:
    row = await tx.one(_OLDEST, {"source": source, "owner": owner})
    if row is not None:
        await _drop(tx, row)
    return row is not None


async def _drop(tx: Tx, row: Row) -> None:
    """Remove the record now, and the bytes with the next round of upkeep."""
    values = {"source": row["source"], "recipe": row["recipe"], "blob": row["sha256"], "owner": row["owner"]}
    await tx.run(_DELETE, values)
    await tx.run(_TAKE, values)
    await tx.run(_CONDEMN, values)


UNREFERENCED = """
NOT EXISTS (SELECT 1 FROM files WHERE files.sha256 = blobs.sha256)
AND NOT EXISTS (SELECT 1 FROM variants WHERE variants.sha256 = blobs.sha256 AND variants.source <> blobs.sha256)
AND NOT EXISTS (SELECT 1 FROM publications WHERE publications.pinned = blobs.sha256)
"""
"""Blobs without any reference."""

_RECIPES = """
SELECT count(*) AS recipes, COALESCE(SUM(CASE WHEN recipe = :recipe THEN 1 ELSE 0 END), 0) AS known
FROM recipes WHERE source = :source
"""
_RECORD = "INSERT INTO recipes (source, recipe, spec) VALUES (:source, :recipe, :spec) ON CONFLICT DO NOTHING"
_PUT = """
INSERT INTO variants (source, recipe, sha256, owner, used_at) VALUES (:source, :recipe, :blob, :owner, :now)
"""
_ADD = """
INSERT INTO usage (owner, bytes, files) VALUES (:owner, (SELECT size FROM blobs WHERE sha256 = :blob), 0)
ON CONFLICT (owner) DO UPDATE SET bytes = usage.bytes + excluded.bytes
"""
_COUNT = "SELECT count(*) AS kept FROM variants WHERE source = :source AND owner IS NOT NULL"
_OLDEST = """
SELECT * FROM variants WHERE source = :source AND owner IS NOT NULL AND (CAST(:owner AS TEXT) IS NULL OR owner = :owner)
ORDER BY used_at LIMIT 1
"""
_ONE = "SELECT * FROM variants WHERE source = :source AND recipe = :recipe AND owner IS NOT NULL"
_UNOWNED = """
SELECT * FROM variants v WHERE owner IS NOT NULL AND (CAST(:owner AS TEXT) IS NULL OR owner = :owner)
AND (CAST(:source AS TEXT) IS NULL OR source = :source)
AND NOT EXISTS (SELECT 1 FROM files WHERE files.owner = v.owner AND files.sha256 = v.source)
"""
_DELETE = "DELETE FROM variants WHERE source = :source AND recipe = :recipe"
_TAKE = """
UPDATE usage SET bytes = bytes - (SELECT size FROM blobs WHERE sha256 = :blob) WHERE owner = :owner
"""
_CONDEMN = f"UPDATE blobs SET condemned_at = 0 WHERE sha256 = :blob AND {UNREFERENCED}"
