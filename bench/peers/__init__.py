"""Those Penstock is measured against. Only what is there is used; `make bench-peers` installs what can be installed."""

from bench.peers.servers import PEERS, TUSD, Peer, Running, penstock, serving

__all__ = ["PEERS", "TUSD", "Peer", "Running", "penstock", "serving"]
