"""Lists of a million files of one owner on PostgreSQL read what lists of a thousand do. (SQLite's steps are counted in
`test_plans.py`.)
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from cluster.postgres import Postgres
from penstock.adapters.sql import listing
from penstock.adapters.sql.postgresql.database import _numbered, connected
from penstock.adapters.sql.postgresql.opening import check_schema

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

OWNERS = {"few": 1000, "many": 1_000_000}
COUNT, SLACK = 50, 10

_FILES = """
INSERT INTO files (id, owner, dialect, client_key, name, media_type, sha256, created_at, folder, folded, bytes, number)
SELECT '{owner} ' || n, '{owner}', 'tus', 'k', 'n', 't' || n % 7, 'blob', n, 'f', lpad(n::text, 9, '0'), n, NULL
FROM generate_series(1, {count}) AS n
"""


@asynccontextmanager
async def filled(server: Postgres) -> AsyncIterator[Any]:
    """A connection to a database with these files, whose plans are made once for all values, as ours are."""
    url = await server.make("million")
    await check_schema(url, pooled=False, make=True)
    async with connected(url) as connection:
        await connection.execute("INSERT INTO blobs (sha256, size, location, damaged) VALUES ('blob', 1, 'at', 0)")
        for owner, count in OWNERS.items():
            await connection.execute(_FILES.format(owner=owner, count=count), timeout=600)
        await connection.execute("ANALYZE", timeout=600)
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        yield connection


def rows_read(plan: Mapping[str, Any]) -> int:
    """How many rows the scans below a node took out of their tables, those too that they then left out."""
    read = sum(rows_read(below) for below in plan.get("Plans", ()))
    if "Scan" in plan["Node Type"]:
        read += round(plan["Actual Loops"] * (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)))
    return read


def middle(sort: str, count: int) -> str | int | float:
    """A value in the middle of a list."""
    half = count // 2
    values: dict[str, str | int | float] = {"name": f"{half:09}", "size": half, "time": float(half), "type": "t3"}
    return values[sort]


async def test_a_list_of_a_million_reads_what_one_of_a_thousand_does(postgres: Postgres) -> None:
    """Each list, either way, everywhere and in a folder, from its beginning and from its middle."""
    async with filled(postgres) as connection:
        read: dict[str, list[int]] = {}
        for key, sql in listing._LISTS.items():
            numbered, names = _numbered(sql)
            for owner, count in OWNERS.items():
                values = {"owner": owner, "folder": "f", "count": COUNT, "value": middle(key[1], count)}
                values["id"] = f"{owner} {count // 2}"
                asked = [values[name] for name in names]
                plan = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {numbered}", *asked, timeout=60)
                read.setdefault(str(key), []).append(rows_read(json.loads(plan)[0]["Plan"]))
        assert {key: many for key, (few, many) in read.items() if many > few + SLACK} == {}
        assert all(few >= COUNT for few, _ in read.values())
