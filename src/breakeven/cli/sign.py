"""The command `sign`: a key pair, and the signature of a product."""

from __future__ import annotations

import argparse
from pathlib import Path

from breakeven.core.errors import InputError
from breakeven.report import speech

SUMMARY = "sign a product, so that `serve --trusted-key` serves no other"


def add(sub: argparse.ArgumentParser) -> None:
    """The options of `sign`."""
    sub.add_argument("folder", type=Path, metavar="DIR", nargs="?", help="folder of the product, or with its builds")
    sub.add_argument("--key", type=Path, metavar="FILE", help="private key to sign with")
    sub.add_argument(
        "--new-key", type=Path, metavar="FILE", help="make a private key, and FILE.pub for `serve --trusted-key`"
    )


def run(arguments: argparse.Namespace) -> int:
    """Make a key, sign a product, or both."""
    from breakeven.core import signature
    from breakeven.runtime.predictor import found

    if arguments.new_key is None and (arguments.folder is None or arguments.key is None):
        raise InputError("sign", "nothing to sign, or no key", "give DIR --key FILE, or --new-key FILE")
    if arguments.new_key is not None and arguments.key is not None:
        raise InputError("sign", "--key and --new-key are two keys", "leave one out")
    if arguments.new_key is not None:
        public = signature.make_key(arguments.new_key)
        speech.say(f"wrote {arguments.new_key} (keep it to yourself) and {public}")
    if arguments.folder is not None:
        product = found(arguments.folder)
        signature.sign(product, arguments.new_key or arguments.key)
        speech.say(f"signed {product}")
    return 0
