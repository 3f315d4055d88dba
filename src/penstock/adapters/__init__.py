"""One folder per technology. Adapters import the ports, never the engine or each other."""
