"""What was made of pictures on request: statements within the transactions of `SqlFiles`.

Their bytes count as those of whoever asked for them. Of one picture only so many are kept: the longest unused give way.
The recipe stays, so that the variant can be made anew. Thumbnails and avatar sizes are made with their picture and are
nobody's.
"""

import sqlite3
from dataclasses import dataclass

import msgspec

from penstock.adapters.sql.quotas import Look, Quotas, within
from penstock.model.faults import TooManyVariants
from penstock.model.ids import PrincipalId, Sha256
from penstock.model.image import Recipe


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many variants of one picture keep their bytes, how many recipes it may have, and how many removals of each
    owner are remembered.
    """

    variants: int = 64
    recipes: int = 1000
    tombstones: int = 10_000


USUAL_BOUNDS = Bounds()


def check_recipe(look: Look, source: Sha256, recipe: Recipe, bounds: Bounds) -> None:
    """Raise `TooManyVariants` unless the picture has this recipe or may have one more."""
    row = look(_RECIPES, source=source, recipe=recipe.name())
    assert row is not None  # an aggregate has one row
    if not row["known"] and row["recipes"] >= bounds.recipes:
        raise TooManyVariants(bounds.recipes)


def record_recipe(connection: sqlite3.Connection, source: Sha256, recipe: Recipe) -> None:
    """Remember how the variant is made."""
    values = {"source": source, "recipe": recipe.name(), "spec": msgspec.json.encode(recipe).decode()}
    connection.execute(_RECORD, values)


def put_counted(
    connection: sqlite3.Connection, source: Sha256, recipe: str, blob: Sha256, owner: PrincipalId, now: float
) -> None:
    """Record a variant that counts as its owner's."""
    values = {"source": source, "recipe": recipe, "blob": blob, "owner": owner, "now": now}
    connection.execute(_PUT, values)
    connection.execute(_ADD, values)


def make_way(
    connection: sqlite3.Connection,
    quotas: Quotas,
    source: Sha256,
    owner: PrincipalId,
    size: int,
    bounds: Bounds,
    *,
    anew: bool,
) -> None:
    """Let the longest unused of a picture's variants give way until one more is not too many; one that is made `anew`
    also until its owner's quota has room for it.
    """
    while connection.execute(_COUNT, {"source": source}).fetchone()["kept"] >= bounds.variants:
        _drop_oldest(connection, source)
    headroom = quotas.left(within(connection), owner)
    while anew and headroom is not None and size > headroom.most and _drop_oldest(connection, source, owner):
        headroom = quotas.left(within(connection), owner)
    if headroom is not None and size > headroom.most:
        raise headroom.refusal(size)


def drop_unowned(connection: sqlite3.Connection, owner: PrincipalId | None = None, source: str | None = None) -> None:
    """Whoever has no file of a picture any more keeps no variants of it either."""
    for row in connection.execute(_UNOWNED, {"owner": owner, "source": source}).fetchall():
        _drop(connection, row)


def drop_recipe(connection: sqlite3.Connection, source: Sha256, recipe: str) -> None:
    """Drop what is about to be put again, so that it is counted once."""
    for row in connection.execute(_ONE, {"source": source, "recipe": recipe}).fetchall():
        _drop(connection, row)


def _drop_oldest(connection: sqlite3.Connection, source: Sha256, owner: PrincipalId | None = None) -> bool:
    row = connection.execute(_OLDEST, {"source": source, "owner": owner}).fetchone()
    if row is not None:
        _drop(connection, row)
    return row is not None


def _drop(connection: sqlite3.Connection, row: sqlite3.Row) -> None:
    """The record goes now, and the bytes with the next round of upkeep: nobody waits for them to be missed."""
    values = {"source": row["source"], "recipe": row["recipe"], "blob": row["sha256"], "owner": row["owner"]}
    connection.execute(_DELETE, values)
    connection.execute(_TAKE, values)
    connection.execute(_CONDEMN, values)


UNREFERENCED = """
NOT EXISTS (SELECT 1 FROM files WHERE files.sha256 = blobs.sha256)
AND NOT EXISTS (SELECT 1 FROM variants WHERE variants.sha256 = blobs.sha256 AND variants.source <> blobs.sha256)
AND NOT EXISTS (SELECT 1 FROM publications WHERE publications.pinned = blobs.sha256)
"""
"""Of a blob that nothing needs."""

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
SELECT * FROM variants WHERE source = :source AND owner IS NOT NULL AND (:owner IS NULL OR owner = :owner)
ORDER BY used_at LIMIT 1
"""
_ONE = "SELECT * FROM variants WHERE source = :source AND recipe = :recipe AND owner IS NOT NULL"
_UNOWNED = """
SELECT * FROM variants v WHERE owner IS NOT NULL AND (:owner IS NULL OR owner = :owner)
AND (:source IS NULL OR source = :source)
AND NOT EXISTS (SELECT 1 FROM files WHERE files.owner = v.owner AND files.sha256 = v.source)
"""
_DELETE = "DELETE FROM variants WHERE source = :source AND recipe = :recipe"
_TAKE = """
UPDATE usage SET bytes = bytes - (SELECT size FROM blobs WHERE sha256 = :blob) WHERE owner = :owner
"""
_CONDEMN = f"UPDATE blobs SET condemned_at = 0 WHERE sha256 = :blob AND {UNREFERENCED}"
