"""Pictures for the tests, drawn in code."""

import io

from PIL import Image


def photo(width: int, height: int, kind: str = "JPEG") -> bytes:
    """A picture that is not all one colour, encoded."""
    picture = Image.linear_gradient("L").resize((width, height))
    coloured = Image.merge("RGB", (picture, picture.rotate(90).resize((width, height)), picture.rotate(180)))
    out = io.BytesIO()
    coloured.save(out, kind)
    return out.getvalue()
