"""One folder per contract. A dialect decodes, asks the engine, encodes."""
