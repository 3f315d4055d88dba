"""One folder per contract. A dialect decodes, calls the engine, encodes; its name appears in its folder alone."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from penstock.http.dialect import Dialect


@cache
def every_dialect() -> tuple[Dialect, ...]:
    """The `DIALECT` of every folder, by name."""
    names = sorted(module.name for module in iter_modules(__path__) if module.ispkg)
    return tuple(import_module(f"{__name__}.{name}").DIALECT for name in names)
