"""Publishing files onto the chain: plans, the wallet, and one step for each stage of a publication."""
