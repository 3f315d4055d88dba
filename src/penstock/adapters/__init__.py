"""One room per technology. Adapters know the ports, not the engine and not each other."""
