"""breakeven measures which model pays on your data, a traditional one or a large one, and takes it to production.

Read in this order: `types.py` (the nouns), `pipeline.py` (the flow on one page), then the stage you came for.
The public names load on first use, so that `import breakeven` and the command line start at once.

>>> import breakeven
>>> "build" in dir(breakeven)
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from breakeven.core.version import VERSION as __version__

if TYPE_CHECKING:
    from breakeven import errors as errors
    from breakeven.api import build as build
    from breakeven.api import load as load
    from breakeven.api import weigh as weigh
    from breakeven.estimators import BreakevenClassifier as BreakevenClassifier
    from breakeven.estimators import BreakevenRegressor as BreakevenRegressor
    from breakeven.models.user.keras import OwnKeras as OwnKeras
    from breakeven.models.user.torch_net import OwnNet as OwnNet
    from breakeven.product import Product as Product
    from breakeven.product import Result as Result
    from breakeven.product import Weighing as Weighing
    from breakeven.recommender import Recommender as Recommender

#: The module of each public name.
_MODULES = {
    "BreakevenClassifier": "estimators",
    "BreakevenRegressor": "estimators",
    "OwnKeras": "models.user.keras",
    "OwnNet": "models.user.torch_net",
    "Product": "product",
    "Recommender": "recommender",
    "Result": "product",
    "Weighing": "product",
    "build": "api",
    "errors": "errors",
    "load": "api",
    "weigh": "api",
}
__all__ = ["BreakevenClassifier", "BreakevenRegressor", "OwnKeras", "OwnNet", "Product", "Recommender", "Result",
           "Weighing", "__version__", "build", "errors", "load", "weigh"]  # fmt: skip


if not TYPE_CHECKING:

    def __getattr__(name):
        if name not in _MODULES:
            public = ", ".join(__all__)
            raise AttributeError(f"module 'breakeven' has no attribute {name!r}; its public names are {public}")
        module = import_module(f"breakeven.{_MODULES[name]}")
        value = globals()[name] = module if name == _MODULES[name] else getattr(module, name)
        return value

    def __dir__():
        return __all__
