"""Pictures as users send them, made here: every format, mode, depth, profile, orientation and alpha.

Each shows the same four quarters, in the colours that it can have, and says what must come out.
"""

from tests.imaging.catalogue.others import OTHERS
from tests.imaging.catalogue.pngs import PNGS
from tests.imaging.catalogue.sample import Sample

CATALOGUE: dict[str, Sample] = {sample.name: sample for sample in (*PNGS, *OTHERS)}
"""All of them, by name."""

__all__ = ["CATALOGUE", "Sample"]
