"""The options that name a hosted model to be measured: `--llm ADDRESS --llm-model NAME --llm-key-env KEY --max-usd USD`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping

from breakeven.core.errors import InputError

#: Options beside `--llm`, by their name in the arguments.
OTHERS = ("llm_model", "llm_key_env", "llm_prices", "llm_insecure", "llm_private", "max_usd")


def add(sub: argparse.ArgumentParser) -> None:
    """Give a command the options."""
    group = sub.add_argument_group("hosted model", "ask an LLM about test rows, beside your own models")
    group.add_argument("--llm", metavar="ADDRESS", help="OpenAI-compatible address, as https://host/v1")
    group.add_argument("--llm-model", metavar="NAME", help="name of the model there")
    group.add_argument("--llm-key-env", metavar="KEY", help="environment variable that holds the key")
    group.add_argument(
        "--llm-prices",
        type=float,
        nargs=2,
        metavar=("IN", "OUT"),
        help="USD per million tokens read and written, of a model that the price table has not (0 0: your own server)",
    )
    over_http = "let key and rows go over http to another machine"
    group.add_argument("--llm-insecure", action="store_true", default=None, help=over_http)
    group.add_argument("--llm-private", action="store_true", default=None, help="let it be in a private network")
    group.add_argument("--max-usd", type=float, metavar="USD", help="spend no more than this on it (default: 1)")


def section(arguments: argparse.Namespace) -> dict[str, object] | None:
    """What the options say, as the brief's `hosted` says it; None where there are none. Raises InputError."""
    given = [name for name in OTHERS if getattr(arguments, name) is not None]
    if arguments.llm is None:
        if given:
            raise InputError(f"--{given[0].replace('_', '-')}", "goes with --llm", "add --llm ADDRESS")
        return None
    if arguments.llm_model is None:
        raise InputError("--llm", "it is not said which model to ask there", "add --llm-model NAME")
    found: dict[str, object] = {"model": arguments.llm_model, "address": arguments.llm}
    if arguments.llm_key_env is not None:
        if not os.environ.get(arguments.llm_key_env, "").strip():
            what = (
                "there is no environment variable of this name, or it is empty"  # it may be the key: it is not repeated
            )
            raise InputError("--llm-key-env", what, "put the key into a variable, and give the variable's name")
        found["key_env"] = arguments.llm_key_env
    if arguments.llm_prices is not None:
        found["usd_per_million_tokens_in"], found["usd_per_million_tokens_out"] = arguments.llm_prices
    found |= {key: True for key in ("insecure", "private") if getattr(arguments, f"llm_{key}")}
    if arguments.max_usd is not None:
        found["max_usd"] = arguments.max_usd
    return found


def joined(raw: Mapping[str, object], hosted: Mapping[str, object] | None, where: str) -> dict[str, object]:
    """A brief as read, with what the options say of a hosted model. Raises InputError where the brief says otherwise."""
    if hosted is None:
        return dict(raw)
    given = raw.get("hosted")
    if given is not None and not isinstance(given, dict):
        return dict(raw)  # refused where briefs are checked
    for key, value in hosted.items():
        said = (given or {}).get(key)
        if said is not None and said != value:
            what = f"its hosted.{key} is {said!r}, not {value!r}"
            raise InputError(where, what, f"change it there, or leave out what says {key} on the command line")
    return {**raw, "hosted": {**(given or {}), **hosted}}
