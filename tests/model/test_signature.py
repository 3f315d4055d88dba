"""Signatures over facts."""

from hypothesis import given
from hypothesis import strategies as st

from penstock.model.signature import LENGTH, Key, sign, verify

facts = st.lists(st.one_of(st.text(max_size=8), st.integers(0, 99)), max_size=4)
OLD, NEW, OTHER = Key("old", b"1" * 32), Key("new", b"2" * 32), Key("new", b"3" * 32)


@given(facts, facts)
def test_a_signature_is_over_just_its_facts(said: list[str | int], other: list[str | int]) -> None:
    """What was signed is believed, and nothing else is: however facts are cut, other facts are others."""
    signature = sign([NEW], *said)
    assert verify([NEW], signature, *said)
    assert verify([NEW], signature, *other) is (said == other)


def test_the_newest_key_signs_and_every_kept_key_is_believed() -> None:
    """A rotation voids nothing; forgetting a key voids what it signed; another key of the same name signs nothing."""
    before = sign([OLD], "fact")
    after = sign([NEW, OLD], "fact")
    assert after.startswith("new.")
    assert verify([NEW, OLD], before, "fact")
    assert verify([NEW, OLD], after, "fact")
    assert not verify([NEW], before, "fact")
    assert not verify([OTHER], after, "fact")


def test_a_signature_has_at_least_128_bits() -> None:
    """22 characters of base64 carry 132 bits."""
    assert len(sign([NEW], "fact").partition(".")[2]) == LENGTH == 22


@given(st.text())
def test_no_text_is_a_signature_by_chance(text: str) -> None:
    """Anything may be presented; nothing but a signature is believed, and nothing breaks."""
    assert not verify([NEW], text, "fact")
