"""The hub by itself: what durable writes cost against writes in memory, and how quick it is with very many twins."""

import contextlib
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from hubkit import Hub

# No single command takes longer on a machine that works.
LIMIT_SECONDS = 1800
# Devices that the writes go to; enough that writers seldom meet on one.
WRITTEN_DEVICES = 1000
# What durable writes must reach of the rate in memory.
LEAST_SHARE = 0.5


def say(text):
    """Progress; the figures go to standard output."""
    print(text, file=sys.stderr, flush=True)


def load(options, hub, command, **arguments):
    """Runs HubLoad against a hub and returns its figures."""
    line = [options.binaries / "HubLoad", command, "--hub", hub.connection_string, "--ca", hub.certificate_authority_file]
    for name, value in arguments.items():
        line += [f"--{name}", value]
    ended = subprocess.run(
        [str(part) for part in line], stdout=subprocess.PIPE, timeout=LIMIT_SECONDS, check=True, text=True
    )
    return json.loads(ended.stdout)


@contextlib.contextmanager
def running(options, data=None):
    """A hub in a process of its own, stopped afterwards."""
    hub = Hub.start(str(options.binaries / "twinfleet"), data=data)
    try:
        yield hub
    finally:
        hub.stop()


def writes(options, data):
    """Single twin updates per second by many callers at once."""
    with running(options, data) as hub:
        load(options, hub, "fill", devices=WRITTEN_DEVICES, concurrency=8)
        figures = load(
            options, hub, "writes", devices=WRITTEN_DEVICES, concurrency=options.callers, seconds=options.seconds
        )
    return figures["writes"] / figures["seconds"]


def resident_bytes(process_id):
    """What a process has in memory."""
    with open(f"/proc/{process_id}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError("the system does not say how much memory the hub has")


def many(options, folder):
    """A registry of very many twins on disk."""
    with running(options, folder) as hub:
        filled = load(options, hub, "fill", devices=options.twins, concurrency=8)
        resident = resident_bytes(hub.process.pid)
    size = sum(file.stat().st_size for file in pathlib.Path(folder).iterdir())
    start = time.monotonic()
    with running(options, folder) as hub:
        started = time.monotonic() - start
        points = load(options, hub, "points", devices=options.twins, times=options.times)
        queries = load(options, hub, "queries", times=options.rounds)
    return {
        "twins": options.twins,
        "fill_per_second": filled["devices"] / filled["seconds"],
        "resident_kb_per_twin": resident / options.twins / 1024,
        "disk_kb_per_twin": size / options.twins / 1024,
        "start_seconds": started,
        **{key: value for key, value in points.items() if key != "event"},
        **{key: value for key, value in queries.items() if key != "event"},
    }


def measure(options):
    """Returns the figures of all rounds."""
    memory, durable = [], []
    for number in range(1, options.rounds + 1):
        say(f"round {number} of {options.rounds}: writes in memory")
        memory.append(writes(options, None))
        say(f"round {number} of {options.rounds}: durable writes")
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            durable.append(writes(options, folder))
    say(f"{options.twins} twins on disk")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        figures = many(options, folder)
    share = statistics.median(durable) / statistics.median(memory)
    return {
        "schema": 1,
        "callers": options.callers,
        "memory_writes_per_second": memory,
        "durable_writes_per_second": durable,
        "durable_share": share,
        "holds": share >= LEAST_SHARE,
        "many": figures,
    }


def counted(number, what):
    """A number with its noun."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def text(summary):
    """The figures as people read them."""
    many_twins = summary["many"]

    def rates(key):
        return f"{max(summary[key]):.0f} ({statistics.median(summary[key]):.0f})"

    def point(name):
        return f"p50 {many_twins[name + '_p50_us'] / 1000:.2f} ms, p99 {many_twins[name + '_p99_us'] / 1000:.2f} ms"

    def query(name):
        rate = many_twins["twins"] / many_twins[name + "_s"]
        rows, pages = (counted(many_twins[f"{name}_{what}s"], what) for what in ("row", "page"))
        return f"{many_twins[name + '_s'] * 1000:.0f} ms, {rate:.0f} twins/s; {rows} in {pages}"

    return "\n".join(
        [
            f"twin updates by {summary['callers']} callers at once, per second, best (median)",
            f"  in memory         {rates('memory_writes_per_second')}",
            f"  durable           {rates('durable_writes_per_second')}",
            f"  durable / memory  {summary['durable_share']:.2f}, at least {LEAST_SHARE:g}: "
            + ("ok" if summary["holds"] else "MISSED"),
            "",
            f"{many_twins['twins']} twins on disk",
            f"  registered        {many_twins['fill_per_second']:.0f} a second, 100 in a request",
            f"  memory, disk      {many_twins['resident_kb_per_twin']:.2f} KB, {many_twins['disk_kb_per_twin']:.2f} KB a twin",
            f"  start             {many_twins['start_seconds']:.2f} s until it answers",
            f"  get a twin        {point('get_twin')}",
            f"  update a twin     {point('update_twin')}",
            f"  add a device      {point('add_device')}",
            f"  remove a device   {point('remove_device')}",
            f"  count by a tag    {query('count')}",
            f"  find one          {query('one')}",
            f"  every tenth       {query('tenth')}",
        ]
    )
