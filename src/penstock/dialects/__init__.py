"""One room per contract. A room decodes, asks the engine, encodes."""
