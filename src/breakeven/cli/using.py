"""The commands that use a product: `predict`, `serve`, `learn`, `erase`; and `forecast`, which uses a file of curves."""

from __future__ import annotations

import argparse
import os
import sys

from breakeven.cli import options
from breakeven.cli.building import brief_of
from breakeven.cli.piping import piped
from breakeven.core.errors import InputError
from breakeven.core.wording import counted
from breakeven.report import speech
from breakeven.scenarios import registry
from breakeven.scenarios.base import PredictRequest


def predict(arguments: argparse.Namespace) -> int:
    """Answer a file of rows."""
    from breakeven.runtime.predictor import find

    product, about = find(arguments.folder)
    scenario = registry.get(about.scenario or registry.DEFAULT)
    taken = {option.name for option in scenario.options}
    given = {
        option.name: value
        for option in options.of_scenarios().values()
        if (value := getattr(arguments, option.name)) is not None
    }
    for name in given:
        if name not in taken:
            raise InputError(
                f"--{name.replace('_', '-')}", f"not an option of a {scenario.name} product", "leave it out"
            )
    keep = tuple(name.strip() for name in arguments.keep.split(",") if name.strip())
    with piped(arguments.input, arguments.output) as (source, output):
        request = PredictRequest(source, output, arguments.explain, given, keep, arguments.raw)
        said = scenario.predict(product, arguments.folder, request)
    speech.say(said, sys.stderr if str(arguments.output) == "-" else sys.stdout)
    return 0


def serve(arguments: argparse.Namespace) -> int:
    """Answer over HTTP until Ctrl-C."""
    # Before numpy is loaded: products of an answer's size are slower on two threads, and far slower while something else runs.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    from breakeven.serving import run
    from breakeven.serving.limits import limits_of
    from breakeven.serving.origin import hosts_of

    limits = limits_of(
        arguments.connections, arguments.connections_per_client, arguments.request_seconds, arguments.idle_seconds
    )
    hosts = hosts_of(arguments.host, arguments.allow_host, arguments.allow_origin)
    app = run.application(arguments.folders, registry.get, hosts, arguments.trusted_key)
    names = ", ".join(app.names)
    keys = "".join(speech.said(run.keys_line(folder)) for folder in arguments.folders)

    def ready(port: int) -> str:
        return f"{speech.said(f'serving {names} on http://{arguments.host}:{port}/  (Ctrl-C ends it)')}{keys}"

    run.serve(app, ready, arguments.host, arguments.port, limits)
    return 0


def erase(arguments: argparse.Namespace) -> int:
    """Erase a user from the log and the builds."""
    need = brief_of(arguments.folder, quiet=True)
    speech.say(registry.get(need.scenario).erase(need, arguments.user))
    return 0


def learn(arguments: argparse.Namespace) -> int:
    """Rebuild with the outcomes that came back, and print whether the new product was promoted."""
    from breakeven import pipeline
    from breakeven.report import terminal
    from breakeven.trust import sealed

    run, promoted, gap = pipeline.learn(brief_of(arguments.folder, verbose=arguments.verbose), terminal.Plain())
    if gap["value"] is None:
        speech.say(
            "kept the old product: it has learned from nearly all sealed rows of the new one, so the two cannot be compared"
        )
        return 0
    shown = f"{gap['value']:+.4g} {run.document.metric.name} (90 % interval {gap['low']:+.4g} to {gap['high']:+.4g})"
    speech.say(f"{'promoted' if promoted else 'kept the old product'}: new minus old on the sealed rows {shown}")
    opened = sealed.openings(run.folder / "work")
    if opened > 1:
        speech.say(
            f"these sealed rows were opened {opened} times so far; each time makes their scores a little less independent"
        )
    return 0


def forecast(arguments: argparse.Namespace) -> int:
    """Forecast learning curves from a file."""
    from breakeven.gate import curves_file

    count = curves_file.run(arguments.curves, arguments.rows, arguments.output, arguments.better, arguments.raw)
    speech.say(f"{counted(count, 'curve in', 'curves in')} {arguments.output}")
    return 0
