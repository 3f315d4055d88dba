"""The calls of `oss`: decode, call the engine, encode."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.oss import DIALECT, OssSettings, docs
from penstock.dialects.oss.buckets import bucket_of, suffix_of
from penstock.dialects.oss.faults import word
from penstock.dialects.oss.media import AVATAR, AVATAR_SIZES, THUMBNAIL, image_spec, options, payload_of
from penstock.dialects.oss.wire import (
    Envelope,
    FileChunkVo,
    FileUploadProgressVo,
    FileVo,
    OssFileDto,
    OssFileMediaInfoDto,
    ProcessRequest,
    done,
)
from penstock.engine.catalog import refuse_unreadable
from penstock.engine.engine import Engine
from penstock.engine.images import ImageSpec
from penstock.engine.links import PartLink
from penstock.engine.receiving import Incoming, SpooledBody, hash_body
from penstock.http.bodies.reading import Bodies, content_length
from penstock.http.bodies.upload_form import UploadForm, upload_form
from penstock.http.bodies.values import file_name, md5_digest, plain_text, required, whole_number, within
from penstock.http.downloads.delivery import deliver
from penstock.http.downloads.inline import INLINE_TYPES
from penstock.http.routing.answers import json_answer
from penstock.http.routing.dialect_app import Call, DialectApp, Wording
from penstock.http.routing.public_urls import PublicUrls
from penstock.http.routing.services import Services
from penstock.model.faults import (
    DigestWrong,
    FileTrashed,
    FileUnknown,
    InputInvalid,
    InputMissing,
    PictureTypeRefused,
    SignatureInvalid,
    SizeWrong,
    UploadConflict,
    UploadEnded,
    UploadSealed,
    UploadUnknown,
)
from penstock.model.file import File, NewFile
from penstock.model.ids import FileId, Md5, UploadId
from penstock.model.image import Recipe
from penstock.model.layout import missing
from penstock.model.principal import Principal, Scope
from penstock.model.upload import Declared, State, Upload, refuse_unless_open

NAME = DIALECT.name
MAX_PARTS = 10_000
FILE, IMAGE, AVATARS = "file", "image", "avatar"
AVATAR_LIMIT = 5 << 20
PREFIX = "/api"
ALIASES = ("/api/{version:version}", "/oss/api", "/oss/api/{version:version}")
FOR_EVER = "public, max-age=31536000, immutable"
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def oss(services: Services, settings: OssSettings) -> DialectApp:
    """The calls of `oss`."""
    calls = _Oss(services.engine, services.bodies, settings, services.public_urls).calls()
    return DialectApp(NAME, "oss: presigned parts and pictures", calls, services.authenticator, Wording(word, Envelope))


@dataclass(frozen=True, slots=True)
class _Oss:
    engine: Engine
    bodies: Bodies
    settings: OssSettings
    public_urls: PublicUrls

    def calls(self) -> list[Call]:
        calls = [
            Call("GET", f"{PREFIX}/file/multipart/check", self.check, Scope.READ, docs.CHECK),
            Call("POST", f"{PREFIX}/file/multipart/init", self.init, Scope.WRITE, docs.INIT),
            Call("PUT", "/oss/upload", self.put_part, None, docs.PUT_PART),
            Call("GET", f"{PREFIX}/file/multipart/merge", self.merge, Scope.WRITE, docs.MERGE),
            Call("GET", f"{PREFIX}/file/multipart/isExits", self.is_exits, Scope.READ, docs.IS_EXITS),
            Call("POST", f"{PREFIX}/file/upload", self.upload, Scope.WRITE, docs.UPLOAD),
            Call("GET", f"{PREFIX}/file/download", self.download, Scope.READ, docs.DOWNLOAD),
            Call("POST", f"{PREFIX}/file/md5", self.md5, Scope.READ, docs.MD5),
            Call("GET", f"{PREFIX}/file/md5", self.md5, Scope.READ, docs.MD5, alias=True),
            Call("POST", f"{PREFIX}/media/image/upload", self.image_upload, Scope.WRITE, docs.IMAGE_UPLOAD),
            Call("POST", f"{PREFIX}/media/image/process", self.image_process, Scope.WRITE, docs.IMAGE_PROCESS),
            Call("POST", f"{PREFIX}/media/avatar/upload", self.avatar_upload, Scope.WRITE, docs.AVATAR_UPLOAD),
            Call("GET", "/oss/f/{target}/{signature}/{name}", self.open_path, None, docs.OPEN_PATH),
        ]
        prefixed = [(call, call.path.removeprefix(PREFIX)) for call in calls if call.scope is not None]
        aliases = [replace(call, path=prefix + path, alias=True) for prefix in ALIASES for call, path in prefixed]
        return calls + aliases

    # --- parts -------------------------------------------------------------------------------------------------------

    async def check(self, request: Request, principal: Principal) -> Response:
        md5 = _identifier(request.query_params.get("identifier"))
        file = await self._finished(principal, md5)
        if file is not None:
            progress = FileUploadProgressVo(0, 1, self._path(request, file), None, None)
            return json_answer(done("查询成功", progress))
        upload = await self._unfinished(principal, md5)
        if upload is None:
            return json_answer(done("查询成功", FileUploadProgressVo(1, 0, None, None, None)))
        urls = await self._part_urls(request, principal, upload, await self._gaps(upload))
        answer = FileUploadProgressVo(0, 0, None, upload.id, urls)
        if (merged := await self.engine.uploads.progress(upload)) is not None:
            answer.mergeProgress = merged
        return json_answer(done("查询成功", answer))

    async def init(self, request: Request, principal: Principal) -> Response:
        payload = await self.bodies.json(request, OssFileDto)
        md5 = _identifier(payload.identifier)
        declared = _declared(payload, md5)
        file = await self._finished(principal, md5)
        if file is not None:
            raise UploadSealed(file.id)
        upload = await self._begun(principal, md5, declared)
        urls = await self._part_urls(request, principal, upload, await self._gaps(upload))
        return json_answer(done("初始化成功", FileChunkVo(urls, upload.id)))

    async def put_part(self, request: Request, principal: Principal) -> Response:
        link = _link(request)
        self.engine.links.check_part(link)
        upload = await self._upload_of(link)
        if not await self.engine.access.stands(upload.owner, link.grant):
            raise SignatureInvalid
        length = content_length(request)
        incoming = Incoming(link.number, self.bodies.stream(request), length, length)
        outcome = await self.engine.receiver.receive(upload, incoming)
        # A signed address is no good once its upload has ended, nor is it for a part that was arriving just then: the
        # engine takes that for a success, since other dialects' clients repeat parts.
        refuse_unless_open(outcome.upload.state, outcome.upload.file)
        return Response(None, 200, {"ETag": f'"{outcome.part.digest}"'})

    async def merge(self, request: Request, principal: Principal) -> Response:
        md5 = _identifier(request.query_params.get("identifier"))
        file = await self._merged(principal, md5)
        return json_answer(done("合并成功", self._file_response(request, file)))

    async def is_exits(self, request: Request, principal: Principal) -> Response:
        file = await self._finished(principal, _identifier(request.query_params.get("identifier")))
        if file is None:
            raise FileUnknown
        return json_answer(done("文件已存在", self._file_response(request, file)))

    # --- whole files -------------------------------------------------------------------------------------------------

    async def upload(self, request: Request, principal: Principal) -> Response:
        limit = self.settings.direct_limit(principal.tier)
        async with self._form(request, principal, limit) as (form, md5):
            body = _body(form)
            file = await self._finished(principal, md5)
            if file is None or file.owner != principal.id:
                declared = Declared(file_name(form.filename, "file"), total=1, md5=md5)
                file = await self.engine.store(
                    principal, NAME, declared, body, limit=limit, needs_md5=True, most=form.most
                )
            else:
                await _match(body, md5, limit)
        return json_answer(done("上传成功", self._file_response(request, file)))

    async def download(self, request: Request, principal: Principal) -> Response:
        md5 = _identifier(request.query_params.get("identifier"))
        file = await self._finished(principal, md5)
        for kind in (IMAGE, AVATARS):
            file = file or await self.engine.catalog.own(principal, NAME, _key(kind, md5))
        if file is None:
            raise FileUnknown
        return await deliver(
            self.engine.catalog, file, request, explicit_range=_explicit_range(request), echo_full_range=True
        )

    async def md5(self, request: Request, principal: Principal) -> Response:
        async with upload_form(
            request,
            principal,
            self.bodies,
            self.engine.receiver,
            file="file",
            needed=(),
            limit=self.settings.file_limit,
        ) as form:
            body, name = _body(form), file_name(form.filename, "file")
            md5, size = await hash_body(body, self.settings.file_limit)
        return json_answer(done("计算成功", FileVo(md5, name, size, None, None)))

    # --- pictures ----------------------------------------------------------------------------------------------------

    async def image_upload(self, request: Request, principal: Principal) -> Response:
        async with self._picture(request, principal, self.settings.direct_limit(principal.tier)) as (
            form,
            spooled,
            md5,
        ):
            payload = payload_of(request.query_params, form.fields)
            watermark = await self._watermark(principal, payload)
            file = await self._take(principal, spooled, form, md5, IMAGE, image_spec(payload, watermark), watermark)
        return json_answer(done("上传成功", self._file_response(request, file, THUMBNAIL)))

    async def avatar_upload(self, request: Request, principal: Principal) -> Response:
        async with self._picture(request, principal, AVATAR_LIMIT) as (form, spooled, md5):
            file = await self._take(principal, spooled, form, md5, AVATARS, AVATAR, None)
        answer = self._file_response(request, file, AVATAR_SIZES[100])
        answer.sizes = {str(side): self._path(request, file, recipe) for side, recipe in AVATAR_SIZES.items()}
        return json_answer(done("上传成功", answer))

    async def image_process(self, request: Request, principal: Principal) -> Response:
        payload = await self.bodies.json(request, ProcessRequest)
        md5 = _identifier(payload.identifier)
        file = await self._stored_picture(principal, md5)
        watermark = await self._watermark(principal, payload)
        recipe = options(payload, watermark, default_format="png")
        blob = await self.engine.images.variant(principal.id, file, recipe, watermark)
        answer = self._file_response(request, file, THUMBNAIL if _kind(file) == IMAGE else None)
        answer.size, answer.type, answer.path = blob.size, _type_of(recipe), self._path(request, file, recipe)
        return json_answer(done("处理成功", answer))

    async def open_path(self, request: Request, principal: Principal) -> Response:
        target = request.path_params["target"]
        try:
            self.engine.links.check_file(target, request.path_params["signature"])
        except SignatureInvalid:
            raise FileUnknown from None
        identifier, _, recipe = target.partition("~")
        file = await self.engine.catalog.signed(FileId(identifier))
        if recipe:
            blob = await self.engine.images.named_variant(file, recipe)
            kind = await self.engine.catalog.kind_of(blob, file.name)
            file = replace(file, blob=blob, media_type=kind)
        return await deliver(self.engine.catalog, file, request, cache_control=FOR_EVER, inline=INLINE_TYPES)

    # --- what the calls share ----------------------------------------------------------------------------------------

    async def _upload_of(self, link: PartLink) -> Upload:
        """The upload of a part's signed URL. After the upload's end the URL is invalid for every body."""
        try:
            upload = await self.engine.uploads.signed(link.upload)
        except UploadUnknown:
            raise UploadEnded from None  # a signed upload existed
        refuse_unless_open(upload.state, upload.file)
        return upload

    async def _finished(self, principal: Principal, md5: Md5) -> File | None:
        """A finished file with exactly these bytes that the caller may read."""
        return await self.engine.catalog.by_hash(principal, md5, None)

    async def _begun(self, principal: Principal, md5: Md5, declared: Declared) -> Upload:
        """A new upload, or the live one with the same parts: two tabs may begin at once (RULINGS, `oss`)."""
        try:
            return await self.engine.uploads.open(
                principal,
                NAME,
                declared,
                limit=self.settings.file_limit,
                needs_md5=True,
                key=_key(FILE, md5),
                join=False,
            )
        except UploadConflict:
            live = await self._unfinished(principal, md5)
            if live is None or _cut(live.declared) != _cut(declared):
                raise
            return live

    async def _gaps(self, upload: Upload) -> list[int]:
        """The numbers of the parts that are missing, from 0."""
        await self.engine.receiver.collect(upload)
        return missing(await self.engine.uploads.numbers(upload), upload.declared.total or 0)

    async def _unfinished(self, principal: Principal, md5: Md5) -> Upload | None:
        upload = await self.engine.uploads.newest(principal, NAME, _key(FILE, md5))
        return upload if upload is not None and upload.state is not State.SEALED else None

    async def _merged(self, principal: Principal, md5: Md5) -> File:
        upload, file = await self._unfinished(principal, md5), await self._finished(principal, md5)
        if file is not None:
            if upload is not None:
                await self.engine.uploads.abandon(upload.id)  # the file arrived by another upload meanwhile
            return file
        if upload is None:
            raise UploadUnknown
        await self.engine.receiver.collect(upload)
        try:
            return await self.engine.sealer.seal_in_time(upload.id, upload.declared)
        except (DigestWrong, SizeWrong):
            await self.engine.uploads.abandon(upload.id)  # otherwise the identifier would keep the wrong bytes
            raise

    @asynccontextmanager
    async def _form(self, request: Request, principal: Principal, limit: int) -> AsyncIterator[tuple[UploadForm, Md5]]:
        """A form, and the identifier from the query or from the form."""
        identifier = request.query_params.get("identifier") or None
        async with upload_form(
            request,
            principal,
            self.bodies,
            self.engine.receiver,
            file="file",
            needed=() if identifier is not None else ("identifier",),
            limit=limit,
        ) as form:
            yield form, _identifier(identifier or form.fields.get("identifier"))

    @asynccontextmanager
    async def _picture(
        self, request: Request, principal: Principal, limit: int
    ) -> AsyncIterator[tuple[UploadForm, SpooledBody, Md5]]:
        """A form with its file spooled, read to its end."""
        async with self._form(request, principal, limit) as (form, md5):
            spooled = await self.engine.receiver.spool(principal, _body(form), limit, form.most)
            try:
                yield form, spooled, md5
            finally:
                await spooled.discard()

    async def _take(
        self,
        principal: Principal,
        spooled: SpooledBody,
        form: UploadForm,
        md5: Md5,
        kind: str,
        spec: ImageSpec,
        watermark: File | None,
    ) -> File:
        """The stored picture, rendered now unless an equal request came before."""
        before = await self.engine.catalog.own(principal, NAME, _key(kind, md5))
        if before is not None and before.label == spec.main.name():
            await _match(spooled.read(), md5, spooled.length)
            return before
        new = NewFile(file_name(form.filename, "file"), "", _key(kind, md5), None, md5)
        return await self.engine.images.take(principal, NAME, spooled, new, spec, watermark)

    async def _stored_picture(self, principal: Principal, md5: Md5) -> File:
        for kind in (IMAGE, AVATARS):
            file = await self.engine.catalog.own(principal, NAME, _key(kind, md5))
            if file is not None:
                return file
        file = await self._finished(principal, md5)
        if file is None:
            raise FileUnknown
        return file

    async def _watermark(self, principal: Principal, payload: OssFileMediaInfoDto) -> File | None:
        """The stored picture of `watermarkPath`, by one of this server's paths or its identifier. Nothing is
        fetched.
        """
        if not payload.watermarkPath:
            return None
        file = await self._named_picture(principal, payload.watermarkPath)
        try:
            self.engine.images.refuse_watermark(file)
        except PictureTypeRefused:  # here it would seem to concern the uploaded picture
            raise InputInvalid("watermarkPath", "not a picture") from None
        return file

    async def _named_picture(self, principal: Principal, path: str) -> File:
        match = re.search(r"/oss/f/([^/~]+)/([^/]+)/[^/]*$", path)
        try:
            if match is None:
                return await self._stored_picture(principal, md5_digest(path, "watermarkPath"))
            self.engine.links.check_file(match[1], match[2])
            file = await self.engine.catalog.file(principal, FileId(match[1]))
            refuse_unreadable(file)
        except (FileUnknown, FileTrashed, SignatureInvalid):
            raise InputInvalid("watermarkPath", "not a stored picture of the caller's") from None
        return file

    def _file_response(self, request: Request, file: File, thumbnail: Recipe | None = None) -> FileVo:
        suffix = suffix_of(file.name)
        named = file.label if _kind(file) == FILE else None
        bucket = named or bucket_of(suffix)
        answer = FileVo(
            identifier=file.identifier_md5 or file.blob.md5 or "",
            name=file.name,
            size=file.blob.size,
            type=file.media_type,
            path=self._path(request, file),
            key=f"{bucket}/{file.id}/{file.name}",
            suffix=suffix,
        )
        if thumbnail is not None:
            answer.thumbnailPath = answer.thumbPath = self._path(request, file, thumbnail)
        return answer

    def _path(self, request: Request, file: File, recipe: Recipe | None = None) -> str:
        target = file.id if recipe is None else f"{file.id}~{recipe.name()}"
        name = quote(file.name, safe="")
        return f"{self.public_urls.of_files(request)}/oss/f/{target}/{self.engine.links.file(target)}/{name}"

    async def _part_urls(
        self, request: Request, principal: Principal, upload: Upload, numbers: Sequence[int]
    ) -> dict[str, str]:
        """The URL to PUT each part to: the store's own if it offers one, else this server's, signed on a thread."""
        offered = await self.engine.links.offered(upload, numbers)
        if offered is not None:
            return {str(number + 1): url for number, url in zip(numbers, offered, strict=True)}
        base = self.public_urls.of_calls(request)
        links = await asyncio.to_thread(self.engine.links.parts, upload.id, numbers, principal.grant)
        # 1-based on the wire (oss.md, FileChunkVo); 0-based inside.
        return {str(link.number + 1): _part_url(base, link) for link in links}


def _part_url(base: str, link: PartLink) -> str:
    query = f"partNumber={link.number + 1}&uploadId={link.upload}&expires={link.expires}"
    grant = f"&grant={link.grant}" if link.grant else ""
    return f"{base}/oss/upload?{query}{grant}&signature={link.signature}"


def _declared(payload: OssFileDto, md5: Md5) -> Declared:
    size = None if payload.fileSize is None else within(payload.fileSize, "fileSize", 0, 1 << 62)
    part_size = None if payload.partSize is None else within(payload.partSize, "partSize", 1, 1 << 62)
    total = within(required(payload.partNum, "partNum"), "partNum", 1, MAX_PARTS)
    kind = plain_text(payload.contentType, "contentType", 255) if payload.contentType else None
    bucket = _bucket(payload.bucketName) if payload.bucketName else None
    name = file_name(required(payload.fileName, "fileName"), "fileName")
    return Declared(name, kind, size, total, part_size, md5, bucket)


def _cut(declared: Declared) -> tuple[int | None, int | None, int | None]:
    return declared.size, declared.total, declared.part_size


def _bucket(name: str) -> str:
    """A bucket name by the rules of object stores, with capitals and underscores allowed: it begins the file's
    `key`.
    """
    if not _BUCKET.fullmatch(name):
        raise InputInvalid("bucketName", "not 1 to 63 letters, digits, dots, hyphens and low lines")
    return name


def _identifier(value: str | None) -> Md5:
    return md5_digest(required(value or None, "identifier"), "identifier")


def _key(kind: str, md5: Md5) -> str:
    """The client's key of a file: its MD5, per kind, since pictures are stored re-encoded (RULINGS, `oss`)."""
    return f"{kind}:{md5}"


def _kind(file: File) -> str | None:
    """The kind of a file; None for one of another dialect."""
    return file.key.partition(":")[0] if file.dialect == NAME else None


def _body(form: UploadForm) -> AsyncIterator[bytes]:
    if form.body is None:
        raise InputMissing("file")
    return form.body


async def _match(body: AsyncIterator[bytes], md5: Md5, limit: int) -> None:
    """Read bytes that are stored already. Raises `DigestWrong` when they differ."""
    actual, _ = await hash_body(body, limit)
    if actual != md5:
        raise DigestWrong(md5, actual)


def _link(request: Request) -> PartLink:
    """The fields of a part's URL. Any malformed one is a bad signature."""
    query = request.query_params
    try:
        number = whole_number(query.get("partNumber", ""), "partNumber", 1, MAX_PARTS)
        expires = whole_number(query.get("expires", ""), "expires", 0, 1 << 62)
    except InputInvalid:
        raise SignatureInvalid from None
    upload, signature = UploadId(query.get("uploadId", "")), query.get("signature", "")
    return PartLink(upload, number - 1, expires, signature, query.get("grant", ""))


def _explicit_range(request: Request) -> tuple[int | None, int | None] | None:
    """`start` and `end` in the query, in place of a Range header (oss.md, FileDownloadRangeDto)."""
    first, last = (
        None if (text := request.query_params.get(name)) in {None, ""} else whole_number(str(text), name, 0, 1 << 62)
        for name in ("start", "end")
    )
    if first is not None and last is not None and last < first:
        raise InputInvalid("end", "before start")
    return None if first is None and last is None else (first, last)


def _type_of(recipe: Recipe) -> str:
    return recipe.format.media_type if recipe.format else "image/jpeg"
