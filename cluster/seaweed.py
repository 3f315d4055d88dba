"""SeaweedFS: an S3 store in one process."""

import json
from pathlib import Path

import httpx

from cluster.programs import free_port, located
from cluster.s3 import SECRET, USER, S3Program

_PARTS = ("master", "volume", "filer", "s3")


class Seaweed(S3Program):
    """SeaweedFS in `folder`, with its S3 at `url`."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        """Everything is written into `folder`. Raises `Missing`."""
        folder.mkdir(parents=True, exist_ok=True)
        identities = folder / "identities.json"
        identities.write_text(json.dumps(_identities()))
        ports = _ports(folder / "ports.json")
        self.port = ports["s3.port"] = port or ports["s3.port"]
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
                *(f"-{name}={number}" for name, number in ports.items()),
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


def _ports(path: Path) -> dict[str, int]:
    """The ports of its parts, which know each other by them: the same after every start."""
    if not path.exists():
        names = [f"{part}.{protocol}" for part in _PARTS for protocol in ("port", "port.grpc")]
        path.write_text(json.dumps({name: free_port() for name in names}))
    ports: dict[str, int] = json.loads(path.read_text())
    return ports


def _identities() -> dict[str, object]:
    keys = [{"accessKey": USER, "secretKey": SECRET}]
    return {
        "identities": [{"name": USER, "credentials": keys, "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]
    }
