"""breakeven measures which model pays on your data, a traditional one or a large one, and takes it to production.

Read in this order: `types.py` (the nouns), `pipeline.py` (the flow on one page), then the stage you came for.
The public names load on first use, so that `import breakeven` and the command line start at once.
"""

from __future__ import annotations

from typing import Any

from breakeven.core.version import VERSION as __version__

__all__ = ["OwnKeras", "OwnNet", "__version__", "load", "weigh"]


def __getattr__(name: str) -> Any:
    if name == "weigh":
        from breakeven.pipeline import weigh_frame

        return weigh_frame
    if name == "load":
        from breakeven.scenarios.registry import load_product

        return load_product
    if name == "OwnNet":
        from breakeven.models.user.torch_net import OwnNet

        return OwnNet
    if name == "OwnKeras":
        from breakeven.models.user.keras import OwnKeras

        return OwnKeras
    raise AttributeError(f"module 'breakeven' has no attribute {name!r}; its public names are {', '.join(__all__)}")
