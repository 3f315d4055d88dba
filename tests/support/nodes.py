"""Clusters of the tests' own, and nodes of them that are not as they should be."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cluster.cluster import Cluster
from cluster.nodes import Node
from cluster.programs import Missing
from penstock.bootstrap import Container, open_container
from penstock.settings import settings_type
from tests.support.backing import ClusterPlace
from tests.support.ci import required_in_ci
from tests.support.folders import passable_folder

SUPPORT = Path(__file__).parent

GIFT = 100 * 100_000_000
"""What `wallet fund` gives, in satoshi."""


@contextmanager
def running_cluster(**settings: Any) -> Iterator[Cluster]:
    """A cluster of its own; skips the test where a program is missing."""
    with passable_folder() as folder:
        try:
            cluster = Cluster(folder, **settings)
        except Missing as missing:
            required_in_ci(False, str(missing))
            raise
        try:
            yield cluster.start()
        finally:
            for program in (*cluster.nodes, cluster.store):  # SeaweedFS takes 15 s to end in order
                program.kill()
            cluster.stop()


def node_of(cluster: Cluster, name: str, **variables: str) -> Node:
    """A further node, not started."""
    return Node(cluster.folder / name, cluster.environment | variables)


def odd_node(cluster: Cluster, name: str, how: str, **variables: str) -> Node:
    """A further node, not started, in whose process the module `how` of this folder is the first to be imported."""
    return node_of(cluster, name, PYTHONPATH=str(SUPPORT / how), **variables)


def place_of(cluster: Cluster) -> ClusterPlace:
    """What the nodes share, behind their backs."""
    environment = cluster.environment
    return ClusterPlace(*(environment[f"PENSTOCK_{name}"] for name in ("DATABASE", "STORE", "LIMITS")))


def beside(cluster: Cluster, data: Path, **settings: Any) -> Container:
    """A container on what the nodes share, with settings that `serve` would not take."""
    environment = cluster.environment
    shared: dict[str, Any] = {
        name: environment[f"PENSTOCK_{name.upper()}"] for name in ("database", "store", "limits", "secret_file")
    }
    return open_container(settings_type()(data=str(data), min_free=0, **shared, **settings))


def check_books(cluster: Cluster) -> None:
    """What the wallet has is what it was given less what was paid, and the chain has what was planned, once."""
    with place_of(cluster).records() as records:
        [[planned]] = records.execute("SELECT count(*) FROM plans")
        [[sent]] = records.execute("SELECT count(*) FROM chain_transactions")
        [[free]] = records.execute("SELECT sum(value) FROM coins WHERE state = 'free'")
        [[cost]] = records.execute("SELECT coalesce(sum(cost), 0) FROM publications")
    assert sent == planned + 1  # the faucet's gift
    assert free == GIFT - cost
