"""Settings: flags before variables before the file before defaults, and no guess about what cannot be read."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.settings import SettingsRefused, duration, environment_of, load, settings_type, table, variable


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_anything_there_are_defaults() -> None:
    """Nothing has to be set; the server then serves this machine alone, from a folder beside it."""
    chosen = load({}, {})
    assert chosen == settings_type()()
    assert (chosen.host, chosen.port, chosen.open, chosen.instant_scope) == ("127.0.0.1", 8080, (), "owner")
    assert chosen.folder == Path.cwd() / "penstock-data"
    assert chosen.durable


def test_flags_go_before_variables_before_the_file() -> None:
    """Each source overrides the next, setting by setting; a flag that is not given overrides nothing."""
    Path("penstock.toml").write_text('host = "file"\nport = 1\ndata = "file"\n')
    environment = {"PENSTOCK_HOST": "variable", "PENSTOCK_PORT": "2"}
    chosen = load({"host": "flag", "port": None}, environment)
    assert (chosen.host, chosen.port, chosen.data) == ("flag", 2, "file")


def test_the_file_can_be_named() -> None:
    """`PENSTOCK_CONFIG` names another file; when it is not there, that is said."""
    Path("other.toml").write_text("port = 7")
    assert load({}, {"PENSTOCK_CONFIG": "other.toml"}).port == 7
    with pytest.raises(SettingsRefused, match=r"absent\.toml"):
        load({}, {"PENSTOCK_CONFIG": "absent.toml"})


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("512", 512),
        ("0", 0),
        ("1K", 1024),
        ("1KB", 1024),
        ("1KiB", 1024),
        ("100MB", 100 << 20),
        ("1.5 GiB", 3 << 29),
        ("2tb", 2 << 40),
    ],
)
def test_sizes_have_units(written: str, size: int) -> None:
    """A size may carry a unit of 1,024, in any case, with or without a blank and an `i`."""
    assert load({}, {"PENSTOCK_FILE_LIMIT": written}).file_limit == size
    Path("penstock.toml").write_text(f'file_limit = "{written}"')
    assert load({}, {}).file_limit == size


@pytest.mark.parametrize(
    ("written", "seconds"), [("30", 30), ("90s", 90), ("2m", 120), ("24h", 86400), ("1.5d", 129600)]
)
def test_times_have_units(written: str, seconds: float) -> None:
    """A time may carry a unit from seconds to days."""
    assert load({}, {"PENSTOCK_UPLOAD_TTL": written}).upload_ttl == seconds == duration(written)


def test_what_has_an_end_may_have_none() -> None:
    """`none` is unlimited, also where the default has one, and other processes are told so."""
    names = ("quota_bytes", "quota_uploads", "quota_guest_uploads")
    chosen = load({}, {variable(name): "none" for name in names})
    assert [getattr(chosen, name) for name in names] == [None, None, None]
    assert load({}, environment_of(chosen, {})) == chosen
    assert settings_type()().quota_uploads == 4000


def test_what_may_be_unset_is_unset_by_nothing() -> None:
    """An empty variable is no amount, where there may be none; else an amount is read with its unit."""
    names = ("quota_bytes", "quota_files", "quota_uploads", "budget_total", "retention")
    written = dict(zip(names, ("10GB", "5", "2", "7", "1d"), strict=True))
    chosen = load({}, {variable(name): value for name, value in written.items()})
    assert [getattr(chosen, name) for name in names] == [10 << 30, 5, 2, 7, 86400]
    assert load({}, {variable(name): "" for name in names}) == settings_type()()


def test_lists_are_written_with_commas() -> None:
    """A list in a variable is cut at its commas; an empty one has nothing in it."""
    chosen = load(
        {}, {"PENSTOCK_CORS_ORIGINS": " https://a.example, https://b.example ,", "PENSTOCK_DIALECTS": "files"}
    )
    assert (chosen.cors_origins, chosen.dialects) == (("https://a.example", "https://b.example"), ("files",))
    assert load({}, {"PENSTOCK_OPEN": ""}).open == ()


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("port", "eighty"),
        ("port", "-1"),
        ("port", "65536"),
        ("workers", "0"),
        ("file_limit", "-1"),
        ("file_limit", "1X"),
        ("file_limit", "lots"),
        ("file_limit", ""),
        ("upload_ttl", ""),
        ("orphan_grace", "59m"),
        ("quota_bytes", "-1"),
        ("quota_files", "1K"),
        ("quota_uploads", "-1"),
        ("upload_ttl", "1w"),
        ("upload_ttl", "-5s"),
        ("upload_ttl", "nan"),
        ("durability", "some"),
        ("dialects", "files,gopher"),
        ("open", "files"),
        ("instant_scope", "all"),
        ("log_level", "loud"),
    ],
)
def test_what_cannot_be_used_is_refused(name: str, written: str) -> None:
    """A value that makes no sense stops the start, and the refusal names the setting or its bounds."""
    with pytest.raises(SettingsRefused) as refused:
        load({}, {variable(name): written})
    assert str(refused.value)


@pytest.mark.parametrize("content", ["prot = 1", "port = [", "port = 'x", b"\xff\xfe", "[penstock]\nport = 1"])
def test_a_file_with_mistakes_is_refused(content: str | bytes) -> None:
    """An unknown name, a wrong type or broken TOML in the file is refused, not passed over."""
    Path("penstock.toml").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SettingsRefused):
        load({}, {})


def test_a_time_that_is_none_is_refused_for_tokens() -> None:
    """A lifetime that cannot be read makes no token that is good for ever."""
    for written in ("", "soon", "-1d", "1d2h"):
        with pytest.raises(SettingsRefused):
            duration(written)


odd: dict[str, st.SearchStrategy[Any]] = {
    "port": st.integers(0, 65535),
    "file_limit": st.integers(0, 1 << 50),
    "upload_ttl": st.floats(0, 1e9, allow_subnormal=False).map(lambda value: round(value, 3)),
    "quota_bytes": st.none() | st.integers(0, 1 << 50),
    "quota_files": st.none() | st.integers(0, 1 << 50),
    "retention": st.none() | st.integers(0, 10**9).map(float),
    "cors_origins": st.lists(st.sampled_from(["*", "https://a.example", "http://localhost:3000"]), unique=True).map(
        tuple
    ),
    "dialects": st.lists(st.sampled_from(["scratch", "instant", "files"]), unique=True).map(tuple),
    "public_url": st.sampled_from(["", "https://files.example"]),
}


@given(st.fixed_dictionaries(odd))
def test_another_process_gets_the_same_settings(values: dict[str, Any]) -> None:
    """What is handed to the workers through the environment reads back as it was."""
    chosen = settings_type()(**values)
    assert load({}, environment_of(chosen, {})) == chosen


def test_every_setting_is_described() -> None:
    """Each setting has a variable of its own and says what it is for."""
    described = table()
    assert [name for name, *_ in described] == [field.name for field in msgspec.structs.fields(settings_type())]
    assert len({key for _, key, _, _ in described}) == len(described)
    assert all(about for *_, about in described)


@pytest.mark.parametrize("public", ["", "https://previews.example:8443"])
def test_previews_take_a_host_of_their_own(public: str) -> None:
    """An origin that something else is at is none for what runs scripts of files."""
    with pytest.raises(SettingsRefused, match="a host of its own"):
        load({"preview_url": "https://previews.example", "public_url": public}, {})
    load({"preview_url": "https://previews.example", "public_url": "https://files.example"}, {})
