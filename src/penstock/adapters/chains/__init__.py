"""Chains that others run: a node over JSON-RPC, and the public HTTP API (FACTS, *The chain*)."""

from penstock.adapters.chains.api import ApiChain
from penstock.adapters.chains.node import NodeChain

__all__ = ["ApiChain", "NodeChain"]
