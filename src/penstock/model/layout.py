"""The position of a part before the size of parts is known.

Laws kept here:
- `stride` is a guess. A wrong one costs a copy at sealing, never a wrong byte.
- Part *i* of a plane with stride *r* owns the slot [i·r, i·r + r) and nothing else.
"""

from collections.abc import Iterable, Sequence

MULTIPART_OVERHEAD = 4096
"""The most that boundaries, headers and small fields around one part are taken to weigh, in bytes."""

MAX_OFFSET = 1 << 43
"""No plane grows past 8 TiB: common file systems end at 16."""


def stride(
    number: int,
    *,
    length: int | None = None,
    size: int | None = None,
    total: int | None = None,
    part_size: int | None = None,
    seen: int | None = None,
    body: int | None = None,
) -> int:
    """Guess the regular part size, in bytes (at least 1).

    In order of trust: the declared `part_size`; if this is the last part and its `length` is known, the rest of `size`
    divided among the others; the part's own `length`; the largest part `seen`; else the roundest number that
    `size`/`total` or the enclosing multipart `body` allow.
    """
    if part_size:
        return part_size
    last = total is not None and number == total - 1
    if last and total and total > 1 and length is not None and size is not None:
        regular, rest = divmod(size - length, total - 1)
        if rest == 0 and regular >= max(length, 1):
            return regular
    if length is not None and not (last and total and total > 1):
        return max(length, 1)
    if seen:
        return max(seen, length or 1)
    return max(_roundest_within(_bounds(size, total, None if last else body)), length or 1)


def slot(number: int, regular: int, size: int | None) -> tuple[int, int] | None:
    """The bytes [start, stop) that part `number` owns in the plane of stride `regular`; None when it has none there."""
    start = number * regular
    if start + regular > MAX_OFFSET or (size is not None and start > size):
        return None
    return start, start + regular


def offsets(lengths: Iterable[int]) -> list[int]:
    """Where each part starts in the finished file, given all lengths in order."""
    starts, position = [], 0
    for length in lengths:
        starts.append(position)
        position += length
    return starts


def missing(numbers: Sequence[int], total: int) -> list[int]:
    """Which of 0 … total-1 are not among the ascending `numbers`."""
    present = set(numbers)
    return [number for number in range(total) if number not in present]


def _bounds(size: int | None, total: int | None, body: int | None) -> tuple[int, int]:
    low, high = 1, MAX_OFFSET
    if size is not None and total:
        low = max(low, -(-size // total))
        high = (size - 1) // (total - 1) if total > 1 and size > 0 else low
    if body is not None:
        low_body, high_body = max(1, body - MULTIPART_OVERHEAD), max(1, body)
        if low_body <= high and high_body >= low:
            low, high = max(low, low_body), min(high, high_body)
    return low, max(low, high)


def _roundest_within(bounds: tuple[int, int]) -> int:
    """The multiple of the largest power of two or ten between the bounds, both included; the smallest such."""
    low, high = bounds
    if high >= MAX_OFFSET:
        return low
    powers = sorted({1 << k for k in range(high.bit_length())} | {10**k for k in range(len(str(high)))}, reverse=True)
    return next(multiple for power in powers if (multiple := -(-low // power) * power) <= high)
