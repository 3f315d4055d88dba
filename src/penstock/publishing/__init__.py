"""Files onto the chain: transactions, the wallet, and one step for each stage of a publication."""
