"""What the S3 stores of this machine have in common."""

from botocore.config import Config
from botocore.session import get_session

from cluster.programs import Program

USER, SECRET, REGION = "penstock", "not-a-secret", "us-east-1"  # of servers on this machine alone


class S3Program(Program):
    """A program that is an S3 store."""

    @property
    def url(self) -> str:
        """Where its S3 is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def credentials(self) -> dict[str, str]:
        """The variables by which S3 tools find the credentials."""
        return {"AWS_ACCESS_KEY_ID": USER, "AWS_SECRET_ACCESS_KEY": SECRET}

    def store(self, path: str) -> str:
        """What `--store` is told for `path`: a bucket, and perhaps a prefix in it."""
        return f"s3://{path}?endpoint={self.url}&region={REGION}"

    def make(self, bucket: str) -> None:
        """Make a bucket."""
        session = get_session()
        session.set_credentials(USER, SECRET)
        config = Config(s3={"addressing_style": "path"})
        session.create_client("s3", REGION, endpoint_url=self.url, config=config).create_bucket(Bucket=bucket)
