"""Parts of any lengths become pieces that S3 takes."""

from hypothesis import given
from hypothesis import strategies as st

from penstock.adapters.s3.keys import Staged
from penstock.adapters.s3.plan import Bounds, Piece, Plan, planned
from penstock.model.upload import Part

SMALL = Bounds(smallest=5, group=8, copied=20, steps=((12, 25), (8, 11)))
"""S3's bounds in small: above 8 pieces the least is 11, above 12 it is 25."""

TAKEN = 60
"""What of these bounds S3 would take at most: more than the copied and the largest least together."""

lengths = st.lists(st.integers(0, 130), max_size=60)


def parts(sizes: list[int]) -> list[Part]:
    """Parts of these sizes, each with an object of its own."""
    return [Part(n, Staged(f"{n}-x", f"tag{n}", n).location, size, "", 0) for n, size in enumerate(sizes)]


def extents(pieces: list[Piece]) -> list[tuple[str, int, int]]:
    """Every source in its order, with those that follow each other in one object made one."""
    found: list[tuple[str, int, int]] = []
    for source in (source for piece in pieces for source in piece.sources):
        if found and found[-1][0] == source.staged.name and found[-1][2] == source.start:
            found[-1] = (source.staged.name, found[-1][1], source.stop)
        else:
            found.append((source.staged.name, source.start, source.stop))
    return found


@given(lengths)
def test_every_byte_is_in_its_place(sizes: list[int]) -> None:
    """The pieces in a row are the parts in a row, none twice and none left out."""
    assert extents(planned(parts(sizes), SMALL)) == [(f"{n}-x", 0, size) for n, size in enumerate(sizes) if size]


@given(lengths)
def test_no_piece_is_too_small_or_too_large(sizes: list[int]) -> None:
    """Every piece but the last has the least for its number, and none is beyond what S3 takes."""
    pieces = planned(parts(sizes), SMALL)
    assert [piece.number for piece in pieces] == list(range(1, len(pieces) + 1))
    assert all(piece.size >= SMALL.least(piece.number) for piece in pieces[:-1])
    assert all(0 < piece.size <= TAKEN for piece in pieces)


@given(lengths, st.integers(0, 60))
def test_what_was_made_stays(sizes: list[int], so_far: int) -> None:
    """Pieces of the first parts are those of all parts, so that they can be made before the others come."""
    plan = Plan(SMALL)
    for part in parts(sizes[:so_far]):
        plan.add(part)
    assert planned(parts(sizes), SMALL)[: len(plan.pieces)] == plan.pieces


@given(lengths)
def test_large_parts_are_copied(sizes: list[int]) -> None:
    """Nothing of a part is read back but what small neighbours lack."""
    for piece in planned(parts(sizes), SMALL):
        if len(piece.sources) > 1:
            least = SMALL.least(piece.number)
            assert piece.size <= max(least, SMALL.group) + SMALL.least(piece.number + 1) + least


def test_regular_parts_are_copied_one_by_one() -> None:
    """Parts of S3's least size or more become pieces as they are."""
    bounds = Bounds()
    pieces = planned(parts([8 << 20] * 100 + [123]), bounds)
    assert [len(piece.sources) for piece in pieces] == [1] * 101
    assert all(source.whole for piece in pieces for source in piece.sources)


def test_no_more_pieces_than_s3_takes() -> None:
    """The smallest parts of a file of a tebibyte are grouped to at most 10,000 pieces of at most 5 GiB."""
    pieces = planned(parts([5 << 20] * ((1 << 40) // (5 << 20))), Bounds())
    assert len(pieces) <= 10_000
    assert max(piece.size for piece in pieces) <= 5 << 30


def test_a_large_object_is_copied_by_ranges() -> None:
    """An object beyond what one request copies is cut."""
    [one] = [5 << 40 >> 3]
    pieces = planned(parts([one]), Bounds())
    assert max(piece.size for piece in pieces) <= 5 << 30
    assert sum(piece.size for piece in pieces) == one
