"""SeaweedFS: an S3 store in one process."""

import json
from pathlib import Path

import httpx

from cluster.programs import free_port, located
from cluster.s3 import SECRET, USER, S3Program

_PARTS = ("master", "volume", "filer", "s3")


class Seaweed(S3Program):
    """SeaweedFS in `folder`, with its S3 at `url`."""

    def __init__(self, folder: Path) -> None:
        """Everything is written into `folder`. Raises `Missing`."""
        folder.mkdir(parents=True, exist_ok=True)
        identities = folder / "identities.json"
        identities.write_text(json.dumps(_identities()))
        self.port = free_port()
        ports = [f"-{part}.port={self.port if part == 's3' else free_port()}" for part in _PARTS]
        ports += [f"-{part}.port.grpc={free_port()}" for part in _PARTS]
        super().__init__(
            [
                located("weed"),
                "-logtostderr",
                "server",
                f"-dir={folder}",
                "-ip=127.0.0.1",
                "-ip.bind=127.0.0.1",
                "-s3",
                f"-s3.config={identities}",
                "-s3.iam=false",
                f"-s3.localSocket={folder / 's3.sock'}",
                f"-filer.localSocket={folder / 'filer.sock'}",
                "-s3.port.iceberg=0",
                "-s3.port.lance=0",
                *ports,
                "-volume.max=100",
                "-volume.minFreeSpace=1",
                "-volume.preStopSeconds=0",
                "-master.volumeSizeLimitMB=1024",
                "-master.telemetry=false",
            ],
            folder / "log",
            self._answers,
        )

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except httpx.TransportError:
            return False


def _identities() -> dict[str, object]:
    keys = [{"accessKey": USER, "secretKey": SECRET}]
    return {
        "identities": [{"name": USER, "credentials": keys, "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]
    }
