"""Every setting, read once: flags before `PENSTOCK_*` variables before `penstock.toml` before defaults."""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from penstock.model.address import without_password
from penstock.model.faults import Refusal
from penstock.model.sudo import When
from penstock.units import (
    DAY,
    GIB,
    HOUR,
    KIB,
    MIB,
    MINUTE,
    SECRET,
    TIB,
    Amount,
    Bytes,
    Satoshi,
    Seconds,
    about,
)

HookName = Literal["pre-create", "post-create", "post-receive", "pre-finish", "post-finish", "post-terminate"]


class SettingsRefused(Refusal):
    """A setting cannot be used; the text says which and why."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of the server. Sizes take `512`, `100MB`, `1GiB` (units of 1,024); times `30`, `90s`, `7d`. `load`
    returns a `settings_type()`, which also has the settings of the dialects.
    """

    data: Annotated[str, about("The data folder.")] = "./penstock-data"
    host: Annotated[str, about("The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="The port to listen on.")] = 8080
    workers: Annotated[int, Meta(ge=1, le=256, description="How many worker processes serve requests.")] = 1
    database: Annotated[
        str,
        about(
            "`sqlite:///PATH`; empty for `penstock.db` in the data folder. Many nodes share "
            "`postgresql://USER:PASSWORD@HOST/NAME`."
        ),
    ] = ""
    database_connections: Annotated[
        int, Meta(ge=1, le=1000, description="How many connections to PostgreSQL each process opens at most.")
    ] = 8
    database_pooled: Annotated[
        bool,
        about("Whether a pooler in transaction mode (pgbouncer) stands before PostgreSQL: nothing is prepared then."),
    ] = False
    secret: Annotated[
        str,
        about(
            "What keys and wallet are sealed under in a database that nodes share: the same for all, at least 32 "
            "characters. Of several, apart by spaces, the first seals and each opens."
        ),
        SECRET,
    ] = ""
    secret_file: Annotated[str, about("The file that holds the `secret`, or several, one a line.")] = ""
    store: Annotated[
        str, about("Where bytes are kept: `s3://BUCKET?endpoint=URL&region=NAME`; empty for the data folder.")
    ] = ""
    store_redirect: Annotated[
        bool, about("Whether downloads are redirected to presigned URLs of the S3 store, past this server.")
    ] = False
    limits: Annotated[
        str,
        about(
            "Where calls are counted: `redis://HOST:PORT/DB`, `rediss://…` with TLS, or `unix:///PATH`; empty for the "
            "database."
        ),
        SECRET,
    ] = ""
    durability: Annotated[
        Literal["full", "process"],
        about("`full`: what is acknowledged survives power loss. `process`: it survives a crash of Penstock only."),
    ] = "full"
    dialects: Annotated[tuple[str, ...], about("The dialects to serve.")] = ()
    open: Annotated[
        tuple[str, ...],
        about(
            "Dialects with anonymous access; every other dialect needs a token. Pages of other origins need one unless "
            "`cors_origins` names theirs."
        ),
    ] = ()
    instant_scope: Annotated[
        Literal["owner", "everyone"],
        about("Whose files an instant upload may find by hash. `everyone`: knowing a hash is enough to get the file."),
    ] = "owner"
    public_url: Annotated[str, about("The base of URLs in answers, such as `https://files.example`.")] = ""
    preview_url: Annotated[
        str,
        about(
            "A second address of this server, with an origin of its own, such as `https://previews.example`: previews "
            "are shown there, PDF too, which is a download otherwise."
        ),
    ] = ""
    cdn_url: Annotated[str, about("The base of URLs of finished files, when a CDN delivers them.")] = ""
    trusted_proxies: Annotated[
        tuple[str, ...], about("Networks such as `10.0.0.0/8` whose forwarded headers are believed.")
    ] = ()
    cors_origins: Annotated[tuple[str, ...], about("Exact origins whose pages may call; `*` for all.")] = ("*",)
    cors_private_network: Annotated[
        bool,
        about("Whether pages of the public web may call a server in a private network (Private Network Access)."),
    ] = False
    connections: Annotated[Amount, about("The most open connections, over all processes; beyond, 503.")] = 4096
    client_connections: Annotated[
        Amount,
        about("The most from one address that is neither this machine's nor a trusted proxy's (of IPv6 the /64)."),
    ] = 2048
    ops: Annotated[
        str, about("`HOST:PORT` where `/readyz` and `/metrics` are asked instead; empty: where everything else is.")
    ] = ""
    file_limit: Annotated[Bytes, about("The largest file of the other dialects.")] = TIB
    quota_bytes: Annotated[
        Bytes | None, about("How much one user's files and unfinished uploads may hold; unset is unlimited.")
    ] = None
    quota_files: Annotated[Amount | None, about("How many files one user may have; unset is unlimited.")] = None
    quota_uploads: Annotated[
        Amount | None, about("How many unfinished uploads one user may have; `none` is unlimited.")
    ] = 4000
    quota_guest_uploads: Annotated[
        Amount | None,
        about("How many of them anonymous callers may have at each address; `none` is unlimited."),
    ] = 100
    claims_per_minute: Annotated[
        int, Meta(ge=1, description="How many new files one user may create by hash in a minute.")
    ] = 600
    picture_variants: Annotated[
        int, Meta(ge=1, description="How many variants of one picture are stored; the longest unused are dropped.")
    ] = 64
    picture_recipes: Annotated[
        int, Meta(ge=1, description="How many different variants one picture may have in all.")
    ] = 1000
    access_ttl: Annotated[Seconds, about("How long the access token of a sign-in is valid.")] = 15 * MINUTE
    refresh_ttl: Annotated[Seconds, about("How long a sign-in lasts without being refreshed.")] = 30 * DAY
    oidc_issuer: Annotated[
        str, about("An OpenID Connect issuer whose tokens are accepted, exactly as in their `iss`.")
    ] = ""
    oidc_audience: Annotated[
        str, about("The audience that the `aud` of its tokens must contain; required with an issuer.")
    ] = ""
    oidc_name_claim: Annotated[
        str, about("The claim that names the user; the account is `oidc:` followed by its value.")
    ] = "sub"
    oidc_tier_claim: Annotated[
        str, about("The claim with the user's tier: `vip`, `enterprise`, or `normal` (also for anything else).")
    ] = ""
    sudo_delete: Annotated[
        When,
        about(
            "When deleting a finished file needs a sudo token: `never`, `second-factor` (for users who have one) or "
            "`always`."
        ),
    ] = When.SECOND_FACTOR
    audit_ttl: Annotated[Seconds, about("How long the audit log is kept.")] = 365 * DAY
    audit_failures: Annotated[
        Amount, about("How many failed attempts, which anybody can cause, the audit log keeps before the oldest go.")
    ] = 100_000
    audit_entries: Annotated[Amount, about("How many entries the audit log keeps in all before the oldest go.")] = (
        1_000_000
    )
    tombstones: Annotated[
        int,
        Meta(
            ge=1,
            description="How many removals of each user are remembered, so that they can be repeated (`files`).",
        ),
    ] = 10_000
    link_ttl: Annotated[Seconds, about("How long the presigned URL of a part is valid (`oss`).")] = DAY
    picture_workers: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        about("How many processes render pictures for each worker process; unset: one per core."),
    ] = None
    picture_queue: Annotated[
        int, Meta(ge=0, description="How many pictures may wait to be rendered in each process; beyond, 503.")
    ] = 64
    picture_time: Annotated[Seconds, about("How long rendering one picture may take.")] = 20
    drawing_time: Annotated[
        Seconds,
        about("How much processor time a drawing (SVG) may take: a few bytes can cause any amount of work."),
    ] = 2
    scanner: Annotated[
        str,
        about("The scanner of new files: clamd at `tcp://HOST:PORT` or `unix:///PATH`, or an `http(s)://` hook."),
    ] = ""
    scanner_timeout: Annotated[Seconds, about("How long a scan may take.")] = 5 * MINUTE
    hook_url: Annotated[
        str,
        about("Where hooks are asked and told of uploads, such as `https://HOST/PATH`; empty: nowhere."),
    ] = ""
    hook_secret: Annotated[
        str,
        about(
            "What hooks are signed with: `whsec_` and 24 to 64 bytes in Base64; of several, apart by spaces, each "
            "signs."
        ),
        SECRET,
    ] = ""
    hook_events: Annotated[tuple[HookName, ...], about("Which hooks there are.")] = (
        "pre-create",
        "post-create",
        "post-receive",
        "pre-finish",
        "post-finish",
        "post-terminate",
    )
    hook_timeout: Annotated[
        float,
        Meta(gt=0, le=300, description="How long a hook may take to answer.", extra={"unit": "seconds"}),
    ] = 10
    hook_unanswered: Annotated[
        Literal["refuse", "go_on"],
        about("What becomes of an upload while `pre-create` or `pre-finish` is not answered: a 503, or it goes on."),
    ] = "refuse"
    webhooks_private: Annotated[
        bool, about("Webhooks of administrators may lead to private addresses, such as those of your own network.")
    ] = False
    hook_forward_headers: Annotated[
        tuple[str, ...],
        about(
            "Headers of clients, such as `Authorization`, that `pre-create` and `pre-finish` are given as they came; "
            "without it no credential is."
        ),
    ] = ()
    chain: Annotated[
        str,
        about(
            "Where files are published (`metaid`): empty for the embedded development chain, a node at "
            "`rpc+http://USER:PASSWORD@HOST:9882`, or a public API at `api+https://HOST`."
        ),
        SECRET,
    ] = ""
    chain_token: Annotated[str, about("The bearer token of the public API."), SECRET] = ""
    chain_timeout: Annotated[Seconds, about("How long a request to the chain may wait for the network.")] = MINUTE
    network: Annotated[
        Literal["mainnet", "testnet"], about("The chain's network, and so the prefixes of addresses.")
    ] = "mainnet"
    block_interval: Annotated[Seconds, about("The time between two blocks of the embedded chain.")] = 10
    confirmations: Annotated[
        int,
        Meta(ge=1, le=1000, description="How many blocks deep a publication must be before it is no longer watched."),
    ] = 6
    watch_interval: Annotated[
        Seconds,
        about("The longest pause between two checks of publications not yet buried; each new block causes one, too."),
    ] = 30
    wallet_passphrase: Annotated[
        str,
        about(
            "The passphrase that encrypts the wallet's key; empty keeps the key in a file that only its owner can read."
        ),
        SECRET,
    ] = ""
    budget_client: Annotated[
        Satoshi | None,
        about("What one client's publications may cost in a day (UTC); unset: 0.1 coin on a real chain."),
    ] = None
    budget_total: Annotated[
        Satoshi | None, about("What all publications may cost in a day (UTC); unset: 1 coin on a real chain.")
    ] = None
    publishing: Annotated[int, Meta(ge=1, description="How many publications each process works on at once.")] = 2
    min_free: Annotated[Bytes, about("The free space to keep: below it no part is accepted.")] = GIB
    reserve: Annotated[
        Bytes, about("Disk space reserved for removals and opening the store when the disk is full; 0 for none.")
    ] = 4 * MIB
    merge_wait: Annotated[
        Seconds,
        about("How long a call waits for a merge before a 503 with `Retry-After`; the merge goes on. 0: unlimited."),
    ] = 50
    upload_ttl: Annotated[Seconds, about("How long an unfinished upload lives after its last part.")] = DAY
    blob_grace: Annotated[Seconds, about("How long the bytes of a removed file are kept.")] = HOUR
    orphan_grace: Annotated[
        float,
        Meta(
            ge=HOUR,
            description="How old bytes without a record must be to be removed; those of a running merge have none yet.",
            extra={"unit": "seconds"},
        ),
    ] = DAY
    retention: Annotated[Seconds | None, about("The age at which files go to the trash; unset keeps them.")] = None
    trash: Annotated[Seconds, about("How long a file stays in the trash.")] = 30 * DAY
    upkeep_interval: Annotated[Seconds, about("The time between two rounds of background work.")] = MINUTE
    body_idle: Annotated[Seconds, about("How long a client may pause within a body.")] = 30
    body_total: Annotated[Seconds, about("How long one body may take.")] = 6 * HOUR
    shutdown_grace: Annotated[Seconds, about("How long requests under way may take after a stop is requested.")] = 30
    log_format: Annotated[
        Literal["auto", "json", "text"],
        about("How log lines are written; `auto`: for people on a terminal, as JSON elsewhere."),
    ] = "auto"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], about("The lowest level of log lines to write.")
    ] = "info"

    @property
    def folder(self) -> Path:
        """The data folder."""
        return Path(self.data).absolute()

    @property
    def durable(self) -> bool:
        """Whether writes wait for syncs."""
        return self.durability == "full"


@cache
def settings_type() -> type[Settings]:
    """`Settings` with those of every dialect.

    Built at the first use, so that the help of a command loads no dialect.
    """
    from penstock.dialects import every_dialect

    there = every_dialect()
    names = tuple(dialect.name for dialect in there if not dialect.always_on)
    fields: dict[str, tuple[str, Any, Any]] = {"dialects": ("dialects", Settings.__annotations__["dialects"], names)}
    for dialect in there:
        for own in msgspec.structs.fields(dialect.settings):
            if own.name in Settings.__struct_fields__:
                continue  # the server's own, whose value the dialect gets
            if own.name in fields:
                raise TypeError(f"Two dialects have a setting {own.name}.")
            fields[own.name] = (own.name, own.type, own.default)
    return msgspec.defstruct(  # type: ignore[return-value]  # of the very base that is named
        "Settings", list(fields.values()), bases=(Settings,), frozen=True, kw_only=True, forbid_unknown_fields=True
    )


def load(flags: Mapping[str, object], environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force. A flag of None is not given. Raises `SettingsRefused`."""
    given: dict[str, object] = {}
    given |= _from_file(Path(environment.get("PENSTOCK_CONFIG", "penstock.toml")), "PENSTOCK_CONFIG" in environment)
    given |= {name: environment[key] for name in _fields() if (key := variable(name)) in environment}
    given |= {name: value for name, value in flags.items() if value is not None}
    try:
        for network in _read("trusted_proxies", given.get("trusted_proxies", "")):  # type: ignore[attr-defined]
            ip_network(network, strict=False)
        _refuse_shared_origin(str(given.get("public_url", "")), str(given.get("preview_url", "")))
        if given.get("ops"):
            _address(str(given["ops"]))
        read = {name: _read(name, value) for name, value in given.items()}
        return _with_known_dialects(msgspec.convert(read, settings_type(), strict=False))
    except ValueError as error:  # msgspec's are of this kind too
        raise SettingsRefused(str(error)) from error


def _refuse_shared_origin(public: str, previews: str) -> None:
    """Raise `SettingsRefused` unless previews have a host of their own: cookies of one port are sent to every other."""
    if previews and (not public or urlsplit(previews).hostname in {None, urlsplit(public).hostname}):
        raise SettingsRefused("preview_url: it takes a host of its own beside that of public_url, which has to be set")


def _with_known_dialects(settings: Settings) -> Settings:
    """The settings without names of dialects that are always on. Raises `SettingsRefused` for unknown dialects."""
    from penstock.dialects import every_dialect

    there = every_dialect()
    silent = {name for dialect in there if dialect.always_on for name in (dialect.name, *dialect.former_names)}
    chosen = tuple(name for name in settings.dialects if name not in silent)
    _refuse_unknown("dialects", chosen, [dialect.name for dialect in there if not dialect.always_on])
    _refuse_unknown("open", settings.open, [dialect.name for dialect in there if dialect.may_be_open])
    return msgspec.structs.replace(settings, dialects=chosen)


def _refuse_unknown(setting: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise SettingsRefused(f"{setting}: {name!r} is none of {', '.join(known)}.")


def listening_addresses(settings: Settings) -> list[tuple[str, int]]:
    """Every host and port to listen on: the server's, then that of `ops` if set."""
    return [(settings.host, settings.port), *([_address(settings.ops)] if settings.ops else [])]


def _address(text: str) -> tuple[str, int]:
    """A host and a port, as `127.0.0.1:9000` or `[::1]:9000`. Raises `SettingsRefused`."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise SettingsRefused(f"ops: {text!r} is not HOST:PORT.")
    return host.strip("[]"), int(port)


def origins_of(flags: Mapping[str, object], environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Where the value of each setting came from: a flag, a variable, the file, or the default; in a process that
    another one started, where that one had it from.
    """
    if ORIGINS in environment:
        return msgspec.json.decode(environment[ORIGINS], type=dict[str, str])
    path = environment.get("PENSTOCK_CONFIG", "penstock.toml")
    origins = dict.fromkeys(_fields(), "default")
    origins |= dict.fromkeys(_from_file(Path(path), "PENSTOCK_CONFIG" in environment), path)
    origins |= {name: variable(name) for name in _fields() if variable(name) in environment}
    return origins | {name: f"--{name}" for name, value in flags.items() if value is not None}


def unknown_variables(environment: Mapping[str, str] = os.environ) -> list[str]:
    """A warning for each `PENSTOCK_*` variable that is no setting."""
    known = {variable(name) for name in Settings.__struct_fields__} | _OTHER_VARIABLES
    named = [name for name in sorted(environment) if name.startswith("PENSTOCK_") and name not in known]
    known |= {variable(name) for name in _fields()} if named else set()  # to know all of them loads the dialects
    return [
        f"{name} is no setting{f'; is it {near[0]}?' if (near := get_close_matches(name, known, 1)) else '.'}"
        for name in named
        if name not in known
    ]


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"PENSTOCK_{name.upper()}"


def environment_of(settings: Settings, origins: Mapping[str, str]) -> dict[str, str]:
    """The variables that give another process the same settings, and tell it where they came from."""
    values = {
        variable(name): _written(value) if value is not None else "none"
        for name, value in msgspec.structs.asdict(settings).items()
    }
    return values | {ORIGINS: msgspec.json.encode(origins).decode()}


def table() -> list[tuple[str, str, str, str]]:
    """Name, variable, default and meaning of every setting, for the docs and `penstock config show`."""
    return [
        (field.name, variable(field.name), _written(field.default), _description(field.type))
        for field in _fields().values()
    ]


def _from_file(path: Path, required: bool) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text())
    except FileNotFoundError:
        if required:
            raise SettingsRefused(f"There is no file {path}.") from None
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsRefused(f"{path}: {error}") from error


def _read(name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    if name in _LISTS:
        return [entry.strip() for entry in value.split(",") if entry.strip()]
    field = _fields().get(name)
    if field is None:
        return value
    unit = _unit(field.type)
    if _is_optional(field.type) and value in {"", "none"}:
        return field.default if value == "" else None
    if unit == "bytes":
        return int(_scaled(name, value, _SIZES))
    if unit == "seconds":
        return _scaled(name, value, _TIMES)
    return value


_SIZES = {"": 1, "K": KIB, "M": MIB, "G": GIB, "T": TIB}
_TIMES = {"": 1, "S": 1, "M": MINUTE, "H": HOUR, "D": DAY}


def _scaled(name: str, value: str, units: Mapping[str, int]) -> float:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Z]?)(?:I?B)?\s*", value.upper())
    if match is None or match[2] not in units:
        raise SettingsRefused(f"{name}: {value!r} is not an amount such as {'24h' if units is _TIMES else '100MB'}.")
    return float(match[1]) * units[match[2]]


def duration(value: str) -> float:
    """Seconds of a time such as `90d`. Raises `SettingsRefused`."""
    return _scaled("time", value, _TIMES)


def size(value: str) -> int:
    """Bytes of a size such as `10GB`. Raises `SettingsRefused`."""
    return int(_scaled("size", value, _SIZES))


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    return "" if value is None else str(value)


def _metas(kind: Any) -> list[Meta]:
    return [meta for meta in getattr(kind, "__metadata__", ()) if isinstance(meta, Meta)] + [
        meta for inner in getattr(kind, "__args__", ()) for meta in _metas(inner)
    ]


def _description(kind: Any) -> str:
    return next((meta.description for meta in _metas(kind) if meta.description), "")


def _bare(kind: Any) -> Any:
    """A type without its annotations."""
    return kind.__origin__ if hasattr(kind, "__metadata__") else kind


def _unit(kind: Any) -> str | None:
    return next((meta.extra["unit"] for meta in _metas(kind) if meta.extra and "unit" in meta.extra), None)


def is_secret(name: str) -> bool:
    """Whether a setting's value must not be shown."""
    return any((meta.extra or {}).get("secret") for meta in _metas(_fields()[name].type))


def shown(name: str, value: object) -> str:
    """A setting's value as it may be shown: secrets are named as such, and no URL shows a password."""
    if value and is_secret(name):
        return "(secret)"
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    return without_password(text)


@cache
def _fields() -> dict[str, msgspec.structs.FieldInfo]:
    """Every setting by its name."""
    return {field.name: field for field in msgspec.structs.fields(settings_type())}


def _is_optional(kind: Any) -> bool:
    return type(None) in getattr(_bare(kind), "__args__", ())


ORIGINS = "PENSTOCK_ORIGINS"
"""Not for operators: where the settings came from of the process that started this one."""

_OTHER_VARIABLES = frozenset({"PENSTOCK_CONFIG", "PENSTOCK_CONTRACTS", ORIGINS})
_LISTS = frozenset({"dialects", "open", "trusted_proxies", "cors_origins", "hook_events", "hook_forward_headers"})
