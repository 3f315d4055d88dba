"""Those Penstock is measured against. Only what is there is used; `make bench-peers` installs what can be installed."""

from bench.peers.servers import PEERS, Peer, Running, penstock, serving

__all__ = ["PEERS", "Peer", "Running", "penstock", "serving"]
