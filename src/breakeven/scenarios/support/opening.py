"""A support product opened for serving: its conversations, desk, figures, channels and pages put together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from breakeven.core import brief
from breakeven.scenarios.support import desk_page, hosted_stage, page, rerank_stage, settings
from breakeven.scenarios.support.channels.routes import channel_routes, open_hub
from breakeven.scenarios.support.channels.settings import ChannelSettings
from breakeven.scenarios.support.conversations import Conversations
from breakeven.scenarios.support.desk import Desk
from breakeven.scenarios.support.desk_insights import Insights
from breakeven.scenarios.support.product import Loaded
from breakeven.scenarios.support.service import SupportService
from breakeven.scenarios.support.settings import Settings
from breakeven.scenarios.support.understanding import Understander


def open_service(product: Loaded, folder: Path, verdict: Mapping[str, object]) -> SupportService:
    """The service of a product with the log of its conversations, which stands in `folder` or in the database.

    Channels are those of the brief in `folder`, so that a new one needs no new build. Raises InputError.
    """
    about = product.about
    insights = Insights(Settings(about.budget, about.sure, human=about.human, declared=about.declared))
    models = Understander(product)
    behind = rerank_stage.opened(models)
    asking = hosted_stage.opened(behind or models)
    conversations = Conversations.open(folder, about.name, asking or behind or models, product.book, [insights])
    desk, hub = Desk(conversations, about.scope), open_hub(channels_of(folder), conversations)
    sentence = verdict.get("sentence")
    shown = page.about(about.name, product.book, sentence if isinstance(sentence, Mapping) else None)
    pages = [*page.PageEndpoints(shown).endpoints(), *desk_page.endpoints(about.name)]
    own = [*channel_routes(hub), *insights.endpoints(conversations), *pages]
    desk.outbound = hub.deliver
    service = SupportService(about.name, conversations, models, desk, insights.of_days, own)
    service.channels, service.hosted, service.reranking = hub, asking, behind
    return service


def channels_of(folder: Path) -> tuple[ChannelSettings, ...]:
    """The channels of the brief in a folder; none where it has no brief. Raises InputError."""
    if not (folder / brief.BRIEF).is_file():
        return ()
    section = brief.read(folder).get("support") or {}
    if not isinstance(section, Mapping):
        return ()
    return settings.read(section, str(folder / brief.BRIEF)).channels
