"""versitygw: an S3 store over a folder, and so a second opinion on what S3 is.

It comes as source: `GOBIN=$PWD/cluster/.cache/bin go install github.com/versity/versitygw/cmd/versitygw@v1.8.0`.
"""

from pathlib import Path

from cluster.programs import accepts, free_port, located
from cluster.s3 import REGION, SECRET, USER, S3Program

BUILT = str(Path(__file__).parent / ".cache" / "bin")


class Versitygw(S3Program):
    """versitygw in `folder`, whose file system must have extended attributes, with its S3 at `url`."""

    def __init__(self, folder: Path) -> None:
        """Everything is written into `folder`. Raises `Missing`."""
        objects = folder / "objects"
        objects.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        options = [f"--port=127.0.0.1:{self.port}", f"--region={REGION}", "--keep-alive", "--quiet"]
        super().__init__(
            [located("versitygw", BUILT), *options, "posix", str(objects)],
            folder / "log",
            lambda: accepts(self.port),
            environment={"ROOT_ACCESS_KEY": USER, "ROOT_SECRET_KEY": SECRET},
        )
