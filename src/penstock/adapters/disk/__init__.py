"""One folder on a local file system: staging and blobs. The layout is documented in `docs/storage-format.md`."""

from penstock.adapters.disk.blobs import DiskBlobs, blob_location, upload_of
from penstock.adapters.disk.feeding import Feeder
from penstock.adapters.disk.folder import Folder, FolderRefused
from penstock.adapters.disk.keys import DiskKeys
from penstock.adapters.disk.pools import Pools
from penstock.adapters.disk.space import DiskReserve, Space
from penstock.adapters.disk.staging import DiskStaging
from penstock.adapters.disk.vault import DiskVault

__all__ = [
    "DiskBlobs",
    "DiskKeys",
    "DiskReserve",
    "DiskStaging",
    "DiskVault",
    "Feeder",
    "Folder",
    "FolderRefused",
    "Pools",
    "Space",
    "blob_location",
    "upload_of",
]
