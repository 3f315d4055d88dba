"""Hooks: programs of the operator, spoken to as tusd speaks to its own (`docs/hooks.md`), and webhooks
(`docs/events.md`).
"""

from penstock.adapters.hooks.client import HttpHook
from penstock.adapters.hooks.receiver import HttpReceiver
from penstock.adapters.hooks.signing import read_keys

__all__ = ["HttpHook", "HttpReceiver", "read_keys"]
