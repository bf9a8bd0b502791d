"""All commands and their options."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from breakeven.cli import backup, building, builds, demo, keys, options, sign, using
from breakeven.cli.parsing import EXAMPLES, Parser
from breakeven.core.version import VERSION
from breakeven.scenarios import registry


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = Parser(
        prog="breakeven",
        description="Measures which model pays on your data, and takes it to production.",
        epilog=EXAMPLES,
    )
    top.add_argument("--version", action="version", version=f"breakeven {VERSION}")
    options.language(top)
    top.set_defaults(run=lambda _: print(top.format_help()) or 0, parser=top)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title="commands")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], text: str, folder: bool = True
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run, parser=sub)
        options.language(sub)
        if folder:
            sub.add_argument(
                "folder",
                type=options.place,
                metavar="DIR",
                nargs="?",
                default=Path(),
                help="folder with product.yaml (default: .)",
            )
        return sub

    new = command("new", building.new, "write a product folder with sample data to start from", folder=False)
    summaries = "; ".join(f"{name}: {registry.get(name).summary}" for name in registry.names())
    new.add_argument("scenario", metavar="SCENARIO", help=summaries)
    new.add_argument("folder", type=Path, metavar="DIR")
    options.file_or_folder(command("check", building.check, "read the data and say what was found in it"))
    for made in (
        command("weigh", building.weigh, "measure both routes and give the verdict alone"),
        command("build", building.build, "measure, choose, train, prove and publish the product"),
    ):
        options.file_or_folder(made)
    predict = command("predict", using.predict, "answer a file of rows")
    options.predict(predict)
    serve = command("serve", using.serve, "answer over HTTP", folder=False)
    options.serve(serve)
    erase = command("erase", using.erase, "erase a user from the log and the builds of a product", folder=False)
    erase.add_argument("folder", type=Path, metavar="DIR", help="folder with product.yaml")
    erase.add_argument("user", metavar="USER", help="the user's id")
    options.verbose(command("learn", using.learn, "rebuild with the outcomes that came back; promote if better"))
    forecast = command(
        "forecast", using.forecast, "forecast learning curves from a file and choose between them", folder=False
    )
    options.forecast(forecast)
    shown = command("demo", demo.run, "build products from real data, end to end", folder=False)
    options.demo(shown)
    sign.add(command("sign", sign.run, sign.SUMMARY, folder=False))
    keys.add(command("keys", keys.run, "make, list and remove the keys of a product's service", folder=False))
    backup.add(lambda name, run, text: command(name, run, text, folder=False))
    builds.add(lambda name, run, text: command(name, run, text, folder=False), top)
    return top
