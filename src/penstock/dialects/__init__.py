"""One folder per contract. A dialect decodes, asks the engine, encodes; nobody but its folder knows its name."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from penstock.http.dialect import Dialect


@cache
def every_dialect() -> tuple[Dialect, ...]:
    """The `DIALECT` of every folder that is here, by name."""
    names = sorted(module.name for module in iter_modules(__path__) if module.ispkg)
    return tuple(import_module(f"{__name__}.{name}").DIALECT for name in names)
