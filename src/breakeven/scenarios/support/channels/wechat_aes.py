"""WeChat's safe mode: AES-256-CBC with the key as its own first block, a random head, and the account's id at the end."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

from breakeven.core.errors import InputError, MissingExtra
from breakeven.scenarios.support.channels.channel import Forged, NotReadable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher

#: Bytes of a padded block, of the random head, and of the length after it.
BLOCK, HEAD, LENGTH = 32, 16, 4


class Box:
    """Opens and closes messages of one account. Raises InputError for a key that is none, and MissingExtra without `cryptography`."""

    def __init__(self, key: str, app_id: str) -> None:
        try:
            from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
        except ImportError:
            raise MissingExtra(
                "channel wechat", "safe mode needs the package cryptography", "pip install 'breakeven[sign]'"
            ) from None
        try:
            raw = base64.b64decode(key + "=", validate=True)
        except ValueError:
            raw = b""
        if len(raw) != 32:
            raise InputError("channel wechat, aes_env", "an EncodingAESKey has 43 letters and digits", "copy it again")
        self._app_id = app_id.encode()
        self._cipher: Cipher[modes.CBC] = Cipher(algorithms.AES(raw), modes.CBC(raw[:16]))

    def opened(self, sealed: str) -> bytes:
        """The message inside. Raises NotReadable, and Forged for one of another account."""
        try:
            data = base64.b64decode(sealed, validate=True)
            decryptor = self._cipher.decryptor()
            plain = decryptor.update(data) + decryptor.finalize()
        except ValueError:
            raise NotReadable("body, Encrypt", "it cannot be opened", "send what WeChat documents") from None
        padding = plain[-1] if plain else 0
        plain = plain[:-padding] if 1 <= padding <= BLOCK else b""
        size = int.from_bytes(plain[HEAD : HEAD + LENGTH], "big")
        start = HEAD + LENGTH
        if len(plain) < start or size > len(plain) - start:
            raise NotReadable("body, Encrypt", "it holds no message", "send what WeChat documents")
        if plain[start + size :] != self._app_id:
            raise Forged(
                "body, Encrypt", "the message is of another account", "compare app_id with the account's settings"
            )
        return plain[start : start + size]

    def closed(self, text: str) -> str:
        """A text, encrypted."""
        content = text.encode()
        plain = secrets.token_bytes(HEAD) + len(content).to_bytes(LENGTH, "big") + content + self._app_id
        padding = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher.encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()).decode()
