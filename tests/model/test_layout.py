"""Where parts go: the guess, the slots, and that a wrong guess harms nothing."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from penstock.model.layout import MAX_OFFSET, MULTIPART_OVERHEAD, missing, offsets, slot, stride

SIZES = st.integers(0, 1 << 44)
POSITIVE = st.integers(1, 1 << 40)


@given(
    number=st.integers(0, 1 << 20),
    length=st.none() | SIZES,
    size=st.none() | SIZES,
    total=st.none() | st.integers(0, 1 << 20),
    part_size=st.none() | st.integers(0, 1 << 44),
    seen=st.none() | SIZES,
    body=st.none() | SIZES,
)
@example(number=0, length=0, size=None, total=None, part_size=None, seen=None, body=None)
@example(number=1, length=0, size=0, total=2, part_size=0, seen=0, body=0)
def test_a_stride_is_never_below_one(number: int, **known: int | None) -> None:
    """Whatever is known, and however absurd it is, the guess is at least one byte."""
    assert stride(number, **known) >= 1


@given(number=st.integers(0, 1 << 20), part_size=POSITIVE, length=st.none() | SIZES, seen=st.none() | SIZES)
def test_what_is_declared_is_believed(number: int, part_size: int, length: int | None, seen: int | None) -> None:
    """A declared part size is the guess, whatever else is known."""
    assert stride(number, part_size=part_size, length=length, seen=seen) == part_size


@given(regular=POSITIVE, others=st.integers(1, 10_000), data=st.data())
def test_the_last_part_tells_the_size_of_the_others(regular: int, others: int, data: st.DataObject) -> None:
    """A last part of known length, in a whole of known size, gives the exact size of the parts before it."""
    length = data.draw(st.integers(0, regular))
    size = others * regular + length
    assert stride(others, length=length, size=size, total=others + 1) == regular


@given(regular=POSITIVE, total=st.integers(2, 10_000), data=st.data())
def test_a_part_that_is_not_the_last_is_its_own_measure(regular: int, total: int, data: st.DataObject) -> None:
    """Any part but the last guesses its own length, so that all of them agree."""
    number = data.draw(st.integers(0, total - 2))
    assert stride(number, length=regular, total=total, seen=data.draw(st.none() | POSITIVE)) == regular


@given(number=st.integers(0, 100), length=POSITIVE)
def test_a_part_alone_fits_its_guess(number: int, length: int) -> None:
    """A part of known length of which nothing else is known fits the slot it guesses."""
    assert stride(number, length=length) >= length


@given(seen=POSITIVE, number=st.integers(0, 100))
def test_the_largest_seen_is_the_next_best_guess(seen: int, number: int) -> None:
    """A part of unknown length is guessed to be as large as the largest so far."""
    assert stride(number, seen=seen) == seen


@given(power=st.integers(14, 30), number=st.integers(0, 1000), overhead=st.integers(0, MULTIPART_OVERHEAD))
def test_a_round_part_is_recognised_in_its_envelope(power: int, number: int, overhead: int) -> None:
    """A multipart body that is a little longer than a power of two holds a part of that power of two."""
    assert stride(number, body=(1 << power) + overhead) == 1 << power


@pytest.mark.parametrize(
    ("regular", "size", "total"),
    [(5 << 20, 1 << 30, 205), (1 << 20, (100 << 20) + 17, 101), (1_000_000, 98_765_432, 99), (1 << 18, 1 << 18, 1)],
)
def test_a_round_part_is_recognised_in_the_whole(regular: int, size: int, total: int) -> None:
    """A size and a number of parts are enough to guess the part sizes that people use."""
    assert stride(0, size=size, total=total) == regular


@given(size=st.integers(1, 1 << 40), total=st.integers(1, 10_000))
def test_the_whole_bounds_the_guess(size: int, total: int) -> None:
    """A guess made from size and number of parts covers the whole with that many parts, and no part goes to waste
    where that is possible.
    """
    guess = stride(0, size=size, total=total)
    assert guess * total >= size
    if total > 1 and size // total >= total:
        assert guess * (total - 1) < size


@given(
    strides=st.lists(st.integers(1, 1000), min_size=1, max_size=3),
    numbers=st.lists(st.integers(0, 50), min_size=2, max_size=6, unique=True),
    size=st.none() | st.integers(0, 5000),
)
def test_slots_of_one_plane_are_disjoint(strides: list[int], numbers: list[int], size: int | None) -> None:
    """Two parts of one plane never share a byte, and a slot is just as long as the stride."""
    for regular in strides:
        slots = sorted(found for number in numbers if (found := slot(number, regular, size)))
        assert all(stop - start == regular for start, stop in slots)
        assert all(before[1] <= after[0] for before, after in pairwise(slots))


@given(number=st.integers(0, 1 << 40), regular=POSITIVE, size=st.none() | SIZES)
@example(number=(MAX_OFFSET >> 20) - 1, regular=1 << 20, size=None)
@example(number=MAX_OFFSET >> 20, regular=1 << 20, size=None)
def test_a_slot_lies_where_its_bytes_end_up(number: int, regular: int, size: int | None) -> None:
    """A slot begins where the part begins if the guess is right; there is none beyond the declared end or 8 TiB."""
    found = slot(number, regular, size)
    start = number * regular
    outside = start + regular > MAX_OFFSET or (size is not None and start > size)
    assert found == (None if outside else (start, start + regular))


@given(st.lists(st.integers(0, 1 << 40)))
def test_offsets_are_the_sums_before(lengths: list[int]) -> None:
    """Every part starts where the ones before it end."""
    assert offsets(lengths) == [sum(lengths[:n]) for n in range(len(lengths))]


@given(present=st.sets(st.integers(0, 40)), total=st.integers(0, 30))
def test_missing_is_the_rest(present: set[int], total: int) -> None:
    """What is missing is exactly what is neither there nor past the end, ascending."""
    assert missing(sorted(present), total) == sorted(set(range(total)) - present)


def test_guesses_of_one_upload_agree() -> None:
    """All parts of a regular upload of known lengths guess the same plane, in whatever order they come."""
    size, regular, total = 10_500, 1000, 11
    lengths = [min(regular, size - number * regular) for number in range(total)]
    assert {stride(n, length=lengths[n], size=size, total=total) for n in range(total)} == {regular}
