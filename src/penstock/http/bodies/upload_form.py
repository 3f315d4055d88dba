"""A form with one file in it, wherever the file stands among the fields."""

from collections.abc import AsyncIterable, AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from starlette.requests import Request

from penstock.engine.receiving import Receiver
from penstock.http.bodies.forms import Field, FilePart, FormError, PartAmbiguous, boundary_of, read_form
from penstock.http.bodies.reading import Bodies, content_length
from penstock.http.faults import BodyMalformed, BodyTypeRefused
from penstock.model.faults import InputInvalid, InputMissing, TooLarge
from penstock.model.principal import Principal

T = TypeVar("T")

MAX_BESIDE = 8 << 20
"""The most bytes of a form beside its file, generously."""


@dataclass(slots=True)
class UploadForm:
    """The fields that have been read so far, and the file.

    The file's bytes end only when the whole form was read and found well-formed: a form that breaks off after its file
    is never acknowledged, and every field is known by then.
    """

    items: AsyncIterator[Field | FilePart]
    most: int | None
    fields: dict[str, str] = field(default_factory=dict)
    filename: str = ""
    body: AsyncIterator[bytes] | None = None

    def text(self, name: str) -> str:
        """The value of a field. Raises `InputMissing`."""
        if name not in self.fields:
            raise InputMissing(name)
        return self.fields[name]


@asynccontextmanager
async def upload_form(
    request: Request,
    principal: Principal,
    bodies: Bodies,
    receiver: Receiver,
    *,
    file: str | None,
    needed: Collection[str],
    limit: int,
) -> AsyncIterator[UploadForm]:
    """Read a form up to its part named `file` (None: to its first file). A file before the `needed` fields is spooled
    to the disk, counted against the caller's quota, until the form has ended. `limit` bounds the file, in bytes.

    Raises `BodyTypeRefused` when the body is no form, `BodyMalformed`, `TooLarge`, and what the body raises.
    """
    content_type = request.headers.get("content-type", "")
    if boundary_of(content_type) is None:
        raise BodyTypeRefused
    if (content_length(request) or 0) > limit + MAX_BESIDE:
        raise TooLarge(limit)
    items = _as_faults(read_form(content_type, bodies.stream(request), files=frozenset({file} if file else ())))
    form = UploadForm(items, content_length(request))
    part = await _until_file(form, file)
    if part is None or set(needed) <= form.fields.keys():
        yield form
        return
    spooled = await receiver.spool(principal, _to_the_end(form, part), limit, form.most)
    try:
        form.body, form.most = spooled.read(), spooled.length
        yield form
    finally:
        await spooled.discard()


async def _until_file(form: UploadForm, name: str | None) -> FilePart | None:
    async for item in form.items:
        if isinstance(item, Field):
            form.fields.setdefault(item.name, item.value)
        elif not item.filename and item.name != name:
            continue  # a page's file input without a chosen file
        elif name is not None and item.name != name:
            raise InputInvalid(item.name or "form", f"a file where only {name} is asked for")
        else:
            form.filename = item.filename
            form.body = _to_the_end(form, item)
            return item
    return None


async def _to_the_end(form: UploadForm, part: FilePart) -> AsyncIterator[bytes]:
    async for piece in _as_faults(part):
        yield piece
    async for item in form.items:
        if isinstance(item, Field):
            form.fields.setdefault(item.name, item.value)
        elif item.filename or item.name == part.name:
            raise InputInvalid(item.name or "form", "a second file where one is asked for")


async def _as_faults(items: AsyncIterable[T]) -> AsyncIterator[T]:
    try:
        async for item in items:
            yield item
    except PartAmbiguous as error:
        raise InputInvalid(error.name or "form", str(error)) from error
    except FormError as error:
        raise BodyMalformed(str(error)) from error
