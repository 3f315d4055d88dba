"""Which uses of an element, in a drawing, would make it part of itself."""


class Cycles:
    """Hears elements as they are entered and left, and remembers what contains and uses what, by ids."""

    def __init__(self) -> None:
        self._open: list[str | None] = []
        self._edges: dict[str, list[tuple[str, int | None]]] = {}

    def enter(self, own: str | None, used: str | None, index: int) -> None:
        """An element with this id (None: without) begins; a `use` names what it uses, and is known by its `index`."""
        above = next((name for name in reversed(self._open) if name is not None), None)
        if above is not None and own is not None:
            self._edges.setdefault(above, []).append((own, None))
        self._open.append(own)
        user = own if own is not None else above
        if user is not None and used is not None:
            self._edges.setdefault(user, []).append((used, index))

    def leave(self) -> None:
        """The element that was entered last ends."""
        self._open.pop()

    def closing(self) -> set[int]:
        """The indexes of the uses that close a cycle; without them no element is part of itself."""
        found: set[int] = set()
        done: set[str] = set()
        for start in list(self._edges):
            if start not in done:
                self._walk(start, done, found)
        return found

    def _walk(self, start: str, done: set[str], found: set[int]) -> None:
        path, on_path = [(start, iter(self._edges.get(start, ())))], {start}
        last_use: list[int | None] = [None]
        while path:
            node, edges = path[-1]
            step = next(edges, None)
            if step is None:
                path.pop()
                last_use.pop()
                on_path.discard(node)
                done.add(node)
                continue
            target, index = step
            if target in on_path:
                uses = (use for use in (index, *reversed(last_use)) if use is not None)
                if (closing := next(uses, None)) is not None:
                    found.add(closing)
            elif target not in done:
                path.append((target, iter(self._edges.get(target, ()))))
                last_use.append(index)
                on_path.add(target)
