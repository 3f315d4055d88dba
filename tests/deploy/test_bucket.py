"""What a bucket is told: who may do what, which pages may send parts, what is tidied up."""

import json
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from penstock.adapters.s3.keys import BLOBS, PROBES, QUARANTINE, STAGING
from tests.deploy.programs import DEPLOY

PREFIXES = {STAGING, BLOBS, QUARANTINE, PROBES}
"""Under which Penstock keeps its objects."""


def read(name: str) -> Any:
    return json.loads((DEPLOY / "s3" / f"{name}.json").read_text())


@pytest.mark.parametrize(
    ("name", "operation", "parameter"),
    [
        ("cors", "PutBucketCors", "CORSConfiguration"),
        ("lifecycle", "PutBucketLifecycleConfiguration", "LifecycleConfiguration"),
    ],
)
def test_the_shape_is_what_the_call_takes(name: str, operation: str, parameter: str) -> None:
    """`aws s3api` takes the file as it is: the client's own model of the call finds nothing wrong."""
    shape = botocore.session.get_session().get_service_model("s3").operation_model(operation).input_shape
    report = ParamValidator().validate({"Bucket": "bucket", parameter: read(name)}, shape)
    assert not report.has_errors(), report.generate_report()


def test_pages_may_send_parts_and_read_what_came_of_them() -> None:
    """A page may PUT a part at a presigned address and read its ETag; no origin but a named one."""
    [rule] = read("cors")["CORSRules"]
    assert "PUT" in rule["AllowedMethods"]
    assert "ETag" in rule["ExposeHeaders"]
    assert "*" not in rule["AllowedOrigins"]


def test_abandoned_pieces_go_everywhere() -> None:
    """Under every prefix incomplete multipart uploads are aborted, and nothing else is removed by the store."""
    rules = read("lifecycle")["Rules"]
    assert {rule["Filter"]["Prefix"] for rule in rules} == PREFIXES - {PROBES}  # which are put whole
    assert all(rule.keys() == {"ID", "Status", "Filter", "AbortIncompleteMultipartUpload"} for rule in rules)


def test_nothing_more_than_is_needed_is_allowed() -> None:
    """Only named actions, on one bucket, and on objects only under the prefixes of Penstock."""
    objects, listings = read("policy")["Statement"]
    assert set(objects["Resource"]) == {f"arn:aws:s3:::BUCKET/{prefix}*" for prefix in PREFIXES}
    assert listings["Resource"] == "arn:aws:s3:::BUCKET"
    actions = [*objects["Action"], *listings["Action"]]
    assert not [action for action in actions if "*" in action]
    assert not {"s3:DeleteBucket", "s3:PutBucketPolicy", "s3:PutObjectAcl"} & set(actions)
