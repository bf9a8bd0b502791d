"""Processes that write events are killed with -9 at random moments: is anything lost that was acknowledged?

The writer commits as a service does (group commits into events.db) and prints the ids of a batch once it is acknowledged. After each
kill the log is opened as at a start, and every printed id must be in it. Some kills come while `breakeven backup` runs, which is
killed as well at a random moment: a backup that is there must be whole, and hold what was acknowledged before it began. Some come on a
disk that is full (a small tmpfs where it can be mounted, else a limit on the size of files).

    python benchmarks/kills.py                # 200 kills, 20 of them during backups and 20 with a full disk
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import machine

from breakeven.online import backup
from breakeven.online.logs import open_log
from breakeven.online.sqlite_log import SqliteLog

#: Seconds that a writer writes before it is killed, at the least and at the most.
SHORTEST, LONGEST = 0.05, 0.6
#: Bytes of the small disk; its last part is filled by a file.
DISK, FILLER = 12_000_000, 4_000_000

WRITER = """
import asyncio, sys
from pathlib import Path
from breakeven.online.event import Event
from breakeven.online.group_commit import GroupCommit
from breakeven.online.logs import open_log

async def writes(group, run, who):
    n = 0
    while True:
        events = [Event(f"u{who}", f"i{n + j}", "view", 1.7e9, None, f"{run}-{who}-{n + j}", {"text": "x" * 60}) for j in range(5)]
        try:
            await group.append(events)
        except OSError as error:
            print("full", flush=True)
            await asyncio.sleep(0.01)
            continue
        print(*(e.id for e in events), flush=True)
        n += 5
        await asyncio.sleep(0)

async def main(folder, run):
    group = GroupCommit(open_log(Path(folder), "shop", url=""))
    print("ready", flush=True)
    await asyncio.gather(*(writes(group, run, who) for who in range(8)))

asyncio.run(main(sys.argv[1], sys.argv[2]))
"""


class Run:
    """A log through many kills: what was acknowledged, and what went wrong."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.random = folder, random.Random(seed)
        self.acknowledged: set[str] = set()
        self.kills, self.refused, self.starts, self.wrong = 0, 0, list[float](), list[str]()

    def kill(self, limit: int | None = None, during: Any = None) -> None:
        """Start a writer, kill it after a random time, open the log again. `during` is called while it writes."""
        self.kills += 1
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(self.folder), str(self.kills)], stdout=subprocess.PIPE, text=True,
            preexec_fn=(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) if limit else None,
        )  # fmt: skip
        assert writer.stdout is not None
        if writer.stdout.readline().strip() != "ready":
            self.wrong.append(f"kill {self.kills}: the log did not open")
            writer.wait()
            return
        time.sleep(self.random.uniform(SHORTEST, LONGEST) if during is None else 0.1)
        if during is not None:
            during()
        writer.send_signal(signal.SIGKILL)
        said = writer.stdout.read().rpartition("\n")[0].splitlines()  # the last line may be cut
        writer.wait()
        self.refused += said.count("full")
        self.acknowledged |= {id for line in said if line != "full" for id in line.split()}
        self.check()

    def check(self) -> None:
        """Open the log as at a start: it is whole, and holds each acknowledged event once."""
        start = time.perf_counter()
        with contextlib.closing(open_log(self.folder, "shop", url="")) as log:
            self.starts.append(time.perf_counter() - start)
            found = [e.id for e in log.read()]
            if type(log) is not SqliteLog:
                self.wrong.append(f"kill {self.kills}: the log is damaged")
        lost = self.acknowledged - set(found)
        if lost or len(found) != len(set(found)):
            self.wrong.append(
                f"kill {self.kills}: {len(lost)} events are lost, {len(found) - len(set(found))} are there twice"
            )

    def backup(self, place: Path) -> Path | None:
        """A backup that is killed as well at a random moment. Its file where it was finished."""
        made = place / f"b{self.kills}"
        command = [sys.executable, "-m", "breakeven", "backup", str(self.folder), str(made)]
        runs = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            runs.wait(self.random.uniform(0.2, 1.2))
        runs.send_signal(signal.SIGKILL)
        runs.wait()
        return made if made.exists() else None


def plain(run: Run, kills: int) -> None:
    """Kills while writing."""
    for _ in range(kills):
        run.kill()


def backups(run: Run, kills: int, place: Path) -> dict[str, int]:
    """Kills while a backup runs; each finished backup is restored and compared."""
    finished = 0
    for n in range(kills):
        before, made = set(run.acknowledged), list[Path | None]()
        run.kill(during=lambda made=made: made.append(run.backup(place)))
        if made and made[0] is not None:
            finished += 1
            backup.restore(place / f"again{n}", "", made[0])
            with contextlib.closing(open_log(place / f"again{n}", "shop", url="")) as log:
                lost = before - {e.id for e in log.read()}
            if lost:
                run.wrong.append(f"backup {n}: {len(lost)} events acknowledged before it are not in it")
    return {"killed": kills - finished, "finished_and_restored": finished}


@contextlib.contextmanager
def small_disk(place: Path) -> Iterator[bool]:
    """A tmpfs of a few megabytes there; False where it cannot be mounted."""
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(place)], capture_output=True)
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", str(place)], check=False)


def full(kills: int, place: Path, seed: int) -> tuple[Run, str]:
    """Kills while the disk is full, each after it was filled, with room made again afterwards."""
    with small_disk(place) as mounted:
        run = Run(place / "shop", seed)
        for n in range(kills):
            if mounted:
                if n % 5 == 0:  # begin anew before the events themselves fill the disk
                    shutil.rmtree(run.folder, ignore_errors=True)
                    run.acknowledged.clear()
                (place / "filler").write_bytes(bytes(FILLER))
                run.kill(during=lambda: fill(place))
                (place / "filler").unlink()
                (place / "rest").unlink(missing_ok=True)
                run.check()
            else:
                size = sum(path.stat().st_size for path in run.folder.glob("events.db*")) if run.folder.exists() else 0
                run.kill(limit=max(size, 200_000))
        return run, "tmpfs" if mounted else "RLIMIT_FSIZE"


def fill(place: Path) -> None:
    """Fill what is left of a disk, then let the writer meet it."""
    with contextlib.suppress(OSError), (place / "rest").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(65_536))
    time.sleep(0.3)


def main() -> int:
    """Run all, write the result. Returns 1 where something was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=160, help="while writing alone")
    parser.add_argument("--backups", type=int, default=20)
    parser.add_argument("--full", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--print", action="store_true", help="print the result without writing it to benchmarks/results"
    )
    given = parser.parse_args()
    os.environ.pop("DATABASE_URL", None)
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        run = Run(place / "shop", given.seed)
        plain(run, given.kills)
        made = backups(run, given.backups, place)
        narrow, how = full(given.full, place / "small", given.seed)
    result = {
        "kills": run.kills + narrow.kills,
        "during_backups": {"kills": given.backups, **made},
        "full_disk": {"kills": narrow.kills, "by": how, "writes_refused": narrow.refused},
        "acknowledged": len(run.acknowledged),
        "wrong": [*run.wrong, *narrow.wrong],
        "seconds_to_open": {
            "median": round(sorted(run.starts)[len(run.starts) // 2], 3),
            "longest": round(max(run.starts), 3),
        },
    }
    if given.print:
        print(result)
    else:
        machine.save("kills", result)
    return int(bool(result["wrong"]))


if __name__ == "__main__":
    sys.exit(main())
