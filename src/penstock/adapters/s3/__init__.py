"""A bucket of an S3 store: staging and blobs. What lies there is documented in `docs/s3.md`."""

from penstock.adapters.s3.address import StoreAddress, store_address
from penstock.adapters.s3.blobs import S3Blobs
from penstock.adapters.s3.bucket import Bucket
from penstock.adapters.s3.errors import StoreRefused
from penstock.adapters.s3.keys import blob_location, upload_of
from penstock.adapters.s3.plan import Bounds
from penstock.adapters.s3.sink import spool_folder
from penstock.adapters.s3.staging import S3Staging

__all__ = [
    "Bounds",
    "Bucket",
    "S3Blobs",
    "S3Staging",
    "StoreAddress",
    "StoreRefused",
    "blob_location",
    "spool_folder",
    "store_address",
    "upload_of",
]
