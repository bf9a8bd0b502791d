"""The brief's section `support: channels`, checked, and the secrets that it names.

    support:
      channels:
        telegram: {secret_env: TG_SECRET, token_env: TG_TOKEN}
        wechat: {secret_env: WX_TOKEN, app_id: wx1234, token_env: WX_APP_SECRET, aes_env: WX_AES_KEY}
        second-shop: {kind: slack, secret_env: SLACK_SIGNING, token_env: SLACK_TOKEN}

Keys that end in `_env` name variables of the environment: no secret ever stands in a brief.

>>> read({"telegram": {"secret_env": "TG_SECRET", "token_env": "TG_TOKEN"}}, "product.yaml")[0].kind
'telegram'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from breakeven.core.errors import InputError, nearest
from breakeven.core.network import is_loopback
from breakeven.core.secret import Secret
from breakeven.scenarios.support.channels import meta, slack, telegram, wechat
from breakeven.scenarios.support.channels.channel import Account, Channel
from breakeven.scenarios.support.channels.chatwoot import Chatwoot
from breakeven.scenarios.support.channels.messenger import Messenger
from breakeven.scenarios.support.channels.slack import Slack
from breakeven.scenarios.support.channels.telegram import Telegram
from breakeven.scenarios.support.channels.webhook import Webhook
from breakeven.scenarios.support.channels.wechat import WeChat
from breakeven.scenarios.support.channels.whatsapp import WhatsApp

#: Characters of an option.
LONGEST = 300

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_ID = re.compile(r"[A-Za-z0-9_.-]{1,100}")


@dataclass(frozen=True)
class ChannelSettings:
    """One channel: its name, which is the end of its path, its kind, and its options as texts."""

    name: str
    kind: str
    options: Mapping[str, str]


@dataclass(frozen=True)
class Kind:
    """What a kind of channel must and may be told. `address` is where it is asked, "" where the brief must say.

    Of `either` one must be given.
    """

    make: Callable[[Account], Channel]
    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    address: str = ""
    either: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys."""
        return (*self.needed, *self.either, *self.optional, "kind")


KINDS: Mapping[str, Kind] = {
    "wechat": Kind(WeChat, ("secret_env", "app_id"), ("token_env", "aes_env", "api"), wechat.API),
    "whatsapp": Kind(WhatsApp, ("secret_env", "verify_env", "token_env", "phone_number_id"), ("api",), meta.API),
    "messenger": Kind(Messenger, ("secret_env", "verify_env", "token_env"), ("api",), meta.API),
    "telegram": Kind(Telegram, ("secret_env", "token_env"), ("api",), telegram.API),
    "slack": Kind(Slack, ("secret_env", "token_env"), ("api",), slack.API),
    "chatwoot": Kind(Chatwoot, ("url", "token_env"), either=("secret_env", "path_env")),
    "webhook": Kind(Webhook, ("secret_env",), ("url",)),
}


def read(raw: object, where: str) -> tuple[ChannelSettings, ...]:
    """The section of a brief. Raises InputError naming the key; values are not repeated, since one may be a secret."""
    if raw is None:
        return ()
    key = f"{where}, support.channels"
    if not isinstance(raw, Mapping):
        raise InputError(key, "expected channels with their keys", f"known: {', '.join(KINDS)}")
    return tuple(_channel(str(name), given, f"{key}.{name}") for name, given in raw.items())


def opened(settings: ChannelSettings, environment: Mapping[str, str]) -> Channel:
    """A channel with its secrets. Raises InputError for a variable that is not set."""
    kind, secrets = KINDS[settings.kind], dict[str, Secret]()
    for key, value in settings.options.items():
        if not key.endswith("_env"):
            continue
        secret = environment.get(value, "").strip()
        if not secret:
            raise InputError(
                f"channel {settings.name}", f"the variable {value} of {key} is not set", f"export {value}=..."
            )
        if not secret.isascii() or not secret.isprintable():
            raise InputError(
                f"channel {settings.name}", f"the variable {value} holds signs that no secret has", "copy it again"
            )
        secrets[key.removesuffix("_env")] = Secret(secret)
    address = settings.options.get("api") or settings.options.get("url") or kind.address
    return kind.make(Account(settings.name, settings.options, secrets, address.rstrip("/")))


def _channel(name: str, given: object, where: str) -> ChannelSettings:
    if name in ("web", "app"):
        raise InputError(where, "pages and apps need no channel: POST /v1/chat is theirs", "leave it out")
    if not _NAME.fullmatch(name):
        raise InputError(where, "the name is no part of an address", "use small letters, digits and hyphens")
    if not isinstance(given, Mapping):
        raise InputError(where, "expected keys and values", f"write {name}: {{secret_env: NAME, token_env: NAME}}")
    kind = given.get("kind", name)
    if kind not in KINDS:
        raise InputError(where, "its kind is not known", nearest(str(kind)[:60], KINDS))
    known = KINDS[kind]
    for key in given:
        if key not in known.keys:
            raise InputError(where, f"unknown key {str(key)[:60]!r}", nearest(str(key)[:60], known.keys))
    options = {str(key): _option(str(key), value, where) for key, value in given.items() if key != "kind"}
    for key in known.needed:
        if key not in options:
            raise InputError(where, f"{key} is missing", f"a {kind} channel needs {', '.join(known.needed)}")
    if known.either and not set(known.either) & set(options):
        raise InputError(where, f"neither {' nor '.join(known.either)} is given", "what comes in could not be checked")
    return ChannelSettings(name, str(kind), options)


def _option(key: str, value: object, channel: str) -> str:
    """The checked text of an option. Raises InputError."""
    where = f"{channel}.{key}"
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not text or len(text) > LONGEST:
        raise InputError(where, "expected a text", "give one")
    if key.endswith("_env"):
        if not _VARIABLE.fullmatch(text):
            what = "it is no name of a variable; a secret itself does not belong into a brief"
            raise InputError(where, what, "export the secret, and name its variable here")
    elif key in ("api", "url"):
        _check_address(text, where)
    elif not _ID.fullmatch(text):
        raise InputError(where, "it is no id", "copy it from the platform's settings; quote digits")
    return text


def _check_address(text: str, where: str) -> None:
    """Raises InputError unless an address is https, or http on this machine, with nothing but a path behind the host."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        port_is_good = parts.port != 0
    except ValueError:
        host, port_is_good, parts = "", False, urlsplit("")
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    clean = (
        text.isascii() and text.isprintable() and " " not in text and not (parts.query or parts.fragment or "@" in text)
    )
    if not (host and port_is_good and is_safe and clean):
        raise InputError(
            where, "it is no address that replies may go to", "give https://HOST/PATH without query and user"
        )
