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

import msgspec
from msgspec import Meta

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


class SettingsRefused(Refusal):
    """A setting cannot be used; the text says which and why."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a deployment may decide of the server. Sizes take `512`, `100MB`, `1GiB` (units of 1,024); times `30`,
    `90s`, `7d`. What is loaded is a `settings_type()`, which has the settings of the dialects, too.
    """

    data: Annotated[str, about("The data folder.")] = "./penstock-data"
    host: Annotated[str, about("The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="The port to listen on.")] = 8080
    workers: Annotated[int, Meta(ge=1, le=256, description="How many processes serve.")] = 1
    database: Annotated[str, about("`sqlite:///PATH`; empty for `penstock.db` in the data folder.")] = ""
    durability: Annotated[
        Literal["full", "process"],
        about("`full`: what is acknowledged survives power loss. `process`: it survives a crash of Penstock only."),
    ] = "full"
    dialects: Annotated[tuple[str, ...], about("The dialects that are spoken.")] = ()
    open: Annotated[
        tuple[str, ...],
        about(
            "Dialects that ask nobody for a token; without it every dialect asks everybody. Pages of other origins are "
            "asked unless `cors_origins` names theirs."
        ),
    ] = ()
    instant_scope: Annotated[
        Literal["owner", "everyone"],
        about("Whose files an instant upload may find by hash. `everyone`: knowing a hash is enough to have the file."),
    ] = "owner"
    public_url: Annotated[str, about("What answers put before their own paths, such as `https://files.example`.")] = ""
    cdn_url: Annotated[str, about("What the addresses of finished files begin with, when a CDN hands them out.")] = ""
    trusted_proxies: Annotated[
        tuple[str, ...], about("Networks such as `10.0.0.0/8` whose forwarded headers are believed.")
    ] = ()
    cors_origins: Annotated[tuple[str, ...], about("Exact origins whose pages may call; `*` for all.")] = ("*",)
    cors_private_network: Annotated[
        bool,
        about("Whether pages of the public web may call a server in a private network (Private Network Access)."),
    ] = False
    connections: Annotated[Amount, about("How many connections are open at once, over all processes; beyond, 503.")] = (
        4096
    )
    client_connections: Annotated[
        Amount,
        about("The same from one address that is neither this machine's nor a trusted proxy's (of IPv6 the /64)."),
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
        about("How many of them callers without a token may have at each address; `none` is unlimited."),
    ] = 100
    claims_per_minute: Annotated[
        int, Meta(ge=1, description="How many uploads by hash that make a record one user may make in a minute.")
    ] = 600
    picture_variants: Annotated[
        int, Meta(ge=1, description="How many variants of one picture keep their bytes; the longest unused give way.")
    ] = 64
    picture_recipes: Annotated[
        int, Meta(ge=1, description="How many different variants one picture may be made into.")
    ] = 1000
    access_ttl: Annotated[Seconds, about("How long an access token is good that a sign-in gives.")] = 15 * MINUTE
    refresh_ttl: Annotated[Seconds, about("How long a sign-in lasts that nobody refreshes.")] = 30 * DAY
    oidc_issuer: Annotated[
        str, about("An OpenID Connect issuer whose tokens are good here, exactly as their `iss` names it.")
    ] = ""
    oidc_audience: Annotated[str, about("What the `aud` of its tokens must name; required with an issuer.")] = ""
    oidc_name_claim: Annotated[
        str, about("The claim that says who somebody is: their account is `oidc:` and that.")
    ] = "sub"
    oidc_tier_claim: Annotated[
        str, about("The claim that says somebody's tier: `normal` (and anything else), `vip` or `enterprise`.")
    ] = ""
    sudo_delete: Annotated[
        When,
        about(
            "Of whom a sudo token is asked before a finished file is deleted: `never`, `second-factor` (whoever has "
            "switched one on) or `always`."
        ),
    ] = When.SECOND_FACTOR
    audit_ttl: Annotated[Seconds, about("How long the audit log is kept.")] = 365 * DAY
    audit_failures: Annotated[
        Amount, about("How many failed attempts the audit log keeps, the newest: anybody can cause them.")
    ] = 100_000
    audit_entries: Annotated[Amount, about("How many entries the audit log keeps at all, the newest.")] = 1_000_000
    tombstones: Annotated[
        int,
        Meta(ge=1, description="How many removals of each user are remembered, the newest, to be repeated (`files`)."),
    ] = 10_000
    link_ttl: Annotated[Seconds, about("How long the presigned address of a part is good (`oss`).")] = DAY
    picture_workers: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        about("How many processes make pictures for each process that serves; unset: one a core."),
    ] = None
    picture_queue: Annotated[
        int, Meta(ge=0, description="How many pictures may wait to be made in each process; past that, 503.")
    ] = 64
    picture_time: Annotated[Seconds, about("How long one picture may take.")] = 20
    drawing_time: Annotated[
        Seconds,
        about("How long a drawing (SVG) may take of a processor: a few bytes may ask for any amount of work."),
    ] = 2
    scanner: Annotated[
        str,
        about("Who looks at files first: clamd at `tcp://HOST:PORT` or `unix:///PATH`, or an `http(s)://` hook."),
    ] = ""
    scanner_timeout: Annotated[Seconds, about("How long a scanner may take.")] = 5 * MINUTE
    chain: Annotated[
        str,
        about(
            "Where files are published (`metaid`): empty for the embedded development chain, a node at "
            "`rpc+http://USER:PASSWORD@HOST:9882`, or a public API at `api+https://HOST`."
        ),
        SECRET,
    ] = ""
    chain_token: Annotated[str, about("The bearer token of the public API."), SECRET] = ""
    chain_timeout: Annotated[Seconds, about("How long the chain may keep us waiting.")] = MINUTE
    network: Annotated[
        Literal["mainnet", "testnet"], about("The chain's network, and so the prefixes of addresses.")
    ] = "mainnet"
    block_interval: Annotated[Seconds, about("The time between two blocks of the embedded chain.")] = 10
    confirmations: Annotated[
        int,
        Meta(ge=1, le=1000, description="How deep what was published must be buried before it is watched no more."),
    ] = 6
    watch_interval: Annotated[
        Seconds,
        about("How often the chain is asked at least for what is not yet buried; each new block is a reason, too."),
    ] = 30
    wallet_passphrase: Annotated[
        str,
        about("What the wallet's key is encrypted with; empty keeps it in a file that its owner alone reads."),
        SECRET,
    ] = ""
    budget_client: Annotated[
        Satoshi | None,
        about("What one client's publications may cost in a day (UTC); unset: 0.1 coin on a real chain."),
    ] = None
    budget_total: Annotated[
        Satoshi | None, about("What all publications may cost in a day (UTC); unset: 1 coin on a real chain.")
    ] = None
    publishing: Annotated[int, Meta(ge=1, description="How many publications each process has under way.")] = 2
    min_free: Annotated[Bytes, about("Below so much free space no part is taken.")] = GIB
    reserve: Annotated[
        Bytes, about("Room beside the database that is given up, on a full disk, to what makes room; 0 for none.")
    ] = 4 * MIB
    merge_wait: Annotated[
        Seconds,
        about(
            "How long a call waits for a merge before it is told to ask again (503); the merge goes on. 0: for ever."
        ),
    ] = 50
    upload_ttl: Annotated[Seconds, about("How long an unfinished upload lives after its last part.")] = DAY
    blob_grace: Annotated[Seconds, about("How long the bytes of a removed file stay.")] = HOUR
    orphan_grace: Annotated[
        float,
        Meta(
            ge=HOUR,
            description="How old bytes without a record must be to be removed; a merge's have none yet.",
            extra={"unit": "seconds"},
        ),
    ] = DAY
    retention: Annotated[Seconds | None, about("Older files go to the trash; unset keeps them for ever.")] = None
    trash: Annotated[Seconds, about("How long a file lies in the trash.")] = 30 * DAY
    upkeep_interval: Annotated[Seconds, about("The time between two rounds of background work.")] = MINUTE
    body_idle: Annotated[Seconds, about("How long a client may pause within a body.")] = 30
    body_total: Annotated[Seconds, about("How long one body may take.")] = 6 * HOUR
    shutdown_grace: Annotated[Seconds, about("How long requests under way may take once a stop was asked for.")] = 30
    log_format: Annotated[
        Literal["auto", "json", "text"],
        about("How log lines are written; `auto`: for people on a terminal, as JSON elsewhere."),
    ] = "auto"
    log_level: Annotated[Literal["debug", "info", "warning", "error"], about("The least urgent lines to write.")] = (
        "info"
    )

    @property
    def folder(self) -> Path:
        """The data folder."""
        return Path(self.data).absolute()

    @property
    def durable(self) -> bool:
        """Whether syncs are waited for."""
        return self.durability == "full"


@cache
def settings_type() -> type[Settings]:
    """`Settings` with those of every dialect that is here.

    It is made when it is first asked for: to be told how a command is used need not load a dialect.
    """
    from penstock.dialects import every_dialect

    there = every_dialect()
    names = tuple(dialect.name for dialect in there if not dialect.always_on)
    fields: dict[str, tuple[str, Any, Any]] = {"dialects": ("dialects", Settings.__annotations__["dialects"], names)}
    for dialect in there:
        for own in msgspec.structs.fields(dialect.settings):
            if own.name in Settings.__struct_fields__:
                continue  # the server's own, which the dialect is told of
            if own.name in fields:
                raise TypeError(f"Two dialects have a setting {own.name}.")
            fields[own.name] = (own.name, own.type, own.default)
    return msgspec.defstruct(  # type: ignore[return-value]  # of the very base that is named
        "Settings", list(fields.values()), bases=(Settings,), frozen=True, kw_only=True, forbid_unknown_fields=True
    )


def load(flags: Mapping[str, object], environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force. `flags` whose value is None are not given. Raises `SettingsRefused`."""
    given: dict[str, object] = {}
    given |= _from_file(Path(environment.get("PENSTOCK_CONFIG", "penstock.toml")), "PENSTOCK_CONFIG" in environment)
    given |= {name: environment[key] for name in _fields() if (key := variable(name)) in environment}
    given |= {name: value for name, value in flags.items() if value is not None}
    try:
        for network in _read("trusted_proxies", given.get("trusted_proxies", "")):  # type: ignore[attr-defined]
            ip_network(network, strict=False)
        if given.get("ops"):
            _address(str(given["ops"]))
        read = {name: _read(name, value) for name, value in given.items()}
        return _with_known_dialects(msgspec.convert(read, settings_type(), strict=False))
    except ValueError as error:  # msgspec's are of this kind too
        raise SettingsRefused(str(error)) from error


def _with_known_dialects(settings: Settings) -> Settings:
    """The settings, without what needs no saying any more. Raises `SettingsRefused` for dialects that are not here."""
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
    """The host and port of everything that is listened on: the server's, then the operators' own where it has one."""
    return [(settings.host, settings.port), *([_address(settings.ops)] if settings.ops else [])]


def _address(text: str) -> tuple[str, int]:
    """A host and a port, as `127.0.0.1:9000` or `[::1]:9000`. Raises `SettingsRefused`."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise SettingsRefused(f"ops: {text!r} is not HOST:PORT.")
    return host.strip("[]"), int(port)


def origins_of(flags: Mapping[str, object], environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Where the value of each setting came from: a flag, a variable, the file, or the default."""
    path = environment.get("PENSTOCK_CONFIG", "penstock.toml")
    origins = dict.fromkeys(_fields(), "default")
    origins |= dict.fromkeys(_from_file(Path(path), "PENSTOCK_CONFIG" in environment), path)
    origins |= {name: variable(name) for name in _fields() if variable(name) in environment}
    return origins | {name: f"--{name}" for name, value in flags.items() if value is not None}


def unknown_variables(environment: Mapping[str, str] = os.environ) -> list[str]:
    """A sentence about each `PENSTOCK_*` variable that is no setting: it was meant to say something, and does not."""
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


def environment_of(settings: Settings) -> dict[str, str]:
    """The variables that give another process the same settings."""
    return {
        variable(name): _written(value) if value is not None else "none"
        for name, value in msgspec.structs.asdict(settings).items()
    }


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
    """Whether a setting's value is told to nobody."""
    return any((meta.extra or {}).get("secret") for meta in _metas(_fields()[name].type))


@cache
def _fields() -> dict[str, msgspec.structs.FieldInfo]:
    """Every setting by its name."""
    return {field.name: field for field in msgspec.structs.fields(settings_type())}


def _is_optional(kind: Any) -> bool:
    return type(None) in getattr(_bare(kind), "__args__", ())


_OTHER_VARIABLES = frozenset({"PENSTOCK_CONFIG", "PENSTOCK_CONTRACTS"})
_LISTS = frozenset({"dialects", "open", "trusted_proxies", "cors_origins"})
