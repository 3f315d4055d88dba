"""Print the MetaID of an MVC address: the SHA-256 of its text, in lowercase hex.

Usage: python scripts/calculate_metaid.py ADDRESS

Prints {"address": …, "metaId": …} on stdout.
"""

import hashlib
import json
import sys


def meta_id(address: str) -> str:
    """The MetaID of `address`."""
    return hashlib.sha256(address.encode()).hexdigest()


def main() -> None:
    """Run the script."""
    match sys.argv[1:]:
        case [address] if address and not address.startswith("-"):
            print(json.dumps({"address": address, "metaId": meta_id(address)}))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
