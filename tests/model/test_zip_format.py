"""The form of a zip, as others read it."""

import io
import zipfile
import zlib
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from penstock.model.zip_format import ZipMember, end, head, head_length, record, record_length

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\"), min_size=1, max_size=20)
CONTENTS = st.dictionaries(NAMES, st.tuples(st.binary(max_size=50), st.floats(-1e10, 1e11)), max_size=8)
GIB = 1 << 30
SIZES = st.sampled_from([0, 1, 4 * GIB - 2, 4 * GIB - 1, 4 * GIB, 9 * GIB])


def zipped(contents: dict[str, tuple[bytes, float]]) -> bytes:
    body, records = bytearray(), bytearray()
    for name, (content, modified) in contents.items():
        member = ZipMember(name, len(content), zlib.crc32(content), modified)
        records += record(member, len(body))
        body += head(member) + content
    return bytes(body + records + end(len(contents), len(body), len(records)))


@given(CONTENTS)
def test_it_is_read_as_it_was_meant(contents: dict[str, tuple[bytes, float]]) -> None:
    """Whatever the names, the contents and the times, another program finds them."""
    with zipfile.ZipFile(io.BytesIO(zipped(contents))) as read:
        assert read.testzip() is None
        assert {info.filename: read.read(info) for info in read.infolist()} == {
            name: content for name, (content, _) in contents.items()
        }


@given(
    NAMES,
    st.sampled_from([0, 1, 4 * GIB - 2, 4 * GIB - 1, 4 * GIB, 9 * GIB]),
    st.sampled_from([0, 4 * GIB - 1, 9 * GIB]),
)
def test_lengths_are_known_beforehand(name: str, size: int, position: int) -> None:
    """A head and a record are as long as they were said to be, on both sides of 4 GiB."""
    member = ZipMember(name, size, 1, 0.0)
    assert len(head(member)) == head_length(name, size)
    assert len(record(member, position)) == record_length(name, size, position)


def test_more_than_65535_files() -> None:
    """A zip of 70,000 files is read to its last."""
    contents = {f"{number}.txt": (b"", 0.0) for number in range(70_000)}
    with zipfile.ZipFile(io.BytesIO(zipped(contents))) as read:
        assert len(read.infolist()) == 70_000


def test_beyond_4_gib() -> None:
    """Sizes and positions beyond 4 GiB are read as they are."""
    member = ZipMember("large", 5 * GIB, 7, 0.0)
    records = record(member, 6 * GIB)
    directory = 11 * GIB + head_length("large", 5 * GIB)
    tail = records + end(1, directory, len(records))

    class Sparse(io.RawIOBase):
        """The zip, of which only the end is there."""

        at = 0

        def seekable(self) -> bool:
            return True

        def seek(self, offset: int, whence: int = 0) -> int:
            self.at = offset + (0, self.at, directory + len(tail))[whence]
            return self.at

        def tell(self) -> int:
            return self.at

        def read(self, size: int = -1) -> bytes:
            piece = tail[self.at - directory :][: None if size < 0 else size]
            self.at += len(piece)
            return piece

    with zipfile.ZipFile(Sparse()) as read:
        [info] = read.infolist()
        assert (info.file_size, info.header_offset, info.CRC) == (5 * GIB, 6 * GIB, 7)


def test_times_and_folders() -> None:
    """The time is that of the file, to two seconds; a folder is one."""
    at = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
    with zipfile.ZipFile(io.BytesIO(zipped({"a/": (b"", at.timestamp()), "old": (b"", -1.0)}))) as read:
        folder, old = read.infolist()
        assert folder.is_dir()
        assert folder.date_time == (2026, 2, 3, 4, 5, 6)
        assert old.date_time == (1980, 1, 1, 0, 0, 0)
        assert folder.external_attr >> 16 == 0o040755
