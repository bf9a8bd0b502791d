"""The same shop under gorse's paths, so that its Go and Python clients run unchanged; docs/gorse.md lists them.

Names of keys are gorse's (https://gorse.io/docs/api/restful-api.html).
"""

from __future__ import annotations

from typing import NoReturn

from breakeven.core.errors import InputError
from breakeven.scenarios.recommend.gorse_feedback import GorseFeedback
from breakeven.scenarios.recommend.gorse_items import GorseItems
from breakeven.scenarios.recommend.gorse_messages import Health
from breakeven.scenarios.recommend.gorse_paths import at
from breakeven.scenarios.recommend.gorse_slates import GorseSlates
from breakeven.scenarios.recommend.gorse_users import GorseUsers
from breakeven.scenarios.recommend.live_shop import LiveShop
from breakeven.serving.endpoint import Endpoint, Plain
from breakeven.serving.workers import Busy

#: Methods and paths of gorse that answer 501, and what they would tell or do.
MISSING = (
    ("GET", "/api/intermediate/recommend/{user}[/{category}]", "recommendations of one stage"),
    ("GET", "/api/collaborative-filtering/{user}", "recommendations of one stage"),
    ("GET", "/api/non-personalized/{name}[/{category}]", "leaderboards of one's own"),
    ("GET", "/api/item-to-item/{name}/{item}", "likenesses of one's own"),
    ("GET", "/api/user-to-user/{name}/{user}", "likenesses of one's own"),
    ("GET", "/api/measurements/{name}", "measurements of gorse's models"),
    ("GET POST", "/api/dashboard/{page}", "gorse's dashboard"),
    ("GET POST", "/api/dashboard/{page}/{part}", "gorse's dashboard"),
    ("GET POST", "/api/dashboard/{page}/{part}/{name}", "gorse's dashboard"),
    ("GET POST", "/api/bulk/{table}", "import and export of the dashboard"),
    ("POST", "/api/purge", "emptying the store"),
    ("POST", "/api/chat/{part}", "chats with a language model"),
)


class NotThere(InputError):
    """A path that gorse has and this service has not."""

    status = 501


class Gorse:
    """The endpoints under /api of one shop."""

    def __init__(self, shop: LiveShop) -> None:
        self.shop = shop

    def endpoints(self) -> list[Endpoint]:
        """All endpoints, those that answer 501 last, so that a path of a name of its own is found first."""
        parts = (GorseFeedback, GorseItems, GorseUsers, GorseSlates)
        health = {"response": Health, "scope": "open"}
        return [
            *(endpoint for part in parts for endpoint in part(self.shop).endpoints()),
            *at("GET", "/api/health/live", self.live, "the process answers", **health),
            *at("GET", "/api/health/ready", self.ready, "answers know of the newest events", **health),
            *(endpoint for methods, path, what in MISSING for endpoint in at(methods, path, _missing, f"{what} (501)")),
        ]

    def live(self, request: Plain) -> Health:
        """GET /api/health/live."""
        there = not self.shop.behind
        return Health(there, there, there)

    def ready(self, request: Plain) -> Health:
        """GET /api/health/ready. Raises Busy while the log of other processes cannot be read."""
        if self.shop.behind:
            raise Busy("the database cannot be reached; answers do not know of the newest events")
        return Health(True, True, True)


def _missing(request: Plain) -> NoReturn:
    raise NotThere("path", "this part of gorse is not here", "docs/gorse.md lists the paths that are")
