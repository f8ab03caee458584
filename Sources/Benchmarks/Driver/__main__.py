"""Measures what devices cost (ours, the floor under them, Microsoft's Python SDK), what the hub takes, or what the page costs."""

import argparse
import contextlib
import json
import pathlib
import signal
import sys

EXAMPLES = """\
devices: each round runs the programs one after the other against the same hub in a process of its own:
  MQTTFloor         C on libmosquitto with epoll: the floor
  EchoFleet         DeviceClient with one handler per device, JSON included: what a fleet's device does; then the same
                    over AMQP, over AMQP with many devices to a connection, and over both with WebSockets
  azure-iot-device  Microsoft's Python SDK, for as many devices as it manages
Every one connects its devices, gets their twins, and answers each desired patch with a reported patch that the hub has to
acknowledge. Meanwhile the driver changes desired properties in bulk over HTTPS, as fast as hub and devices take them, with
a window of changes per device under way, so that the devices always have work. Processor time is that of the device
program alone.

"twinfleet run" comes last, with its own workload at a rate near saturation: the fewer changes come together, the more each
costs. Its processor time is that of driving, its HTTPS back end, ledger and histograms included.

hub: twin updates by many callers at once, against a hub in memory and one with a data folder, in turns; then a registry of
100,000 twins on disk: start, point operations one after the other, queries that no index helps.

page: "twinfleet run" of 5,000 devices at 1,000 changes a second, in turns without and with its live page, whose stream and
device table are read as an open page reads them. Processor time is that of driving.

examples:
  scripts/bench                                  1,000 devices, three rounds: about four minutes
  scripts/bench --devices 4000 --without azure   open files and memory at 4,000 devices
  scripts/bench --devices 2000 --without azure --without run   WebSockets beside TCP at 2,000 devices
  scripts/bench --rounds 1 --echoes 5000         a quick look
  scripts/bench --json before.json               keep the figures to compare with later
  scripts/bench hub                              durable writes and 100,000 twins: about three minutes
  scripts/bench page                             what the live page costs a run: about five minutes

The exit code is 1 when a figure misses its limit."""


def positive(text):
    """A whole number above zero, for argparse."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above zero")
    return value


def parse(arguments):
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", nargs="?", choices=["devices", "hub", "page"], default="devices", help="what to measure (devices)")
    parser.add_argument("--devices", type=positive, default=1000, help="devices of MQTTFloor, EchoFleet and run (1000)")
    parser.add_argument("--rounds", type=positive, default=3, help="how often everything is measured (3)")
    parser.add_argument("--echoes", type=positive, default=30000, help="echoes measured in a round (30000)")
    parser.add_argument("--pool", type=positive, default=100, help="devices on a shared AMQP connection (100)")
    parser.add_argument("--azure-devices", type=positive, default=100, help="devices of azure-iot-device (100)")
    parser.add_argument("--azure-echoes", type=positive, default=3000, help="its echoes measured in a round (3000)")
    parser.add_argument("--window", type=positive, default=4, help="changes under way for each device (4)")
    parser.add_argument("--rate", type=positive, default=8000, help='changes per second of "twinfleet run" (8000)')
    parser.add_argument(
        "--without", action="append", default=[], help="leave one out",
        choices=["floor", "fleet", "amqp", "pooled", "mqtt-ws", "amqp-ws", "azure", "run"],
    )
    parser.add_argument("--callers", type=positive, default=64, help="hub: callers at once (64)")
    parser.add_argument("--seconds", type=positive, help="hub: seconds of writing in a round (8); page: of driving (30)")
    parser.add_argument("--page-devices", type=positive, default=5000, help="page: devices (5000)")
    parser.add_argument("--page-rate", type=positive, default=1000, help="page: changes per second (1000)")
    parser.add_argument("--twins", type=positive, default=100_000, help="hub: twins on disk (100000)")
    parser.add_argument("--times", type=positive, default=1000, help="hub: point operations of each kind (1000)")
    parser.add_argument("--folder", type=pathlib.Path, help="hub: where data folders are made (the temporary folder)")
    parser.add_argument("--json", type=pathlib.Path, help="where the figures go (.build/bench-WHAT.json)")
    parser.add_argument("--binaries", type=pathlib.Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    options.seconds = options.seconds or (30 if options.what == "page" else 8)
    return options


def main():
    """Measures, prints, writes; returns the exit code."""
    options = parse(sys.argv[1:])
    # Imported late, so that --help works without the rest being installed.
    import hub_bench
    import page_bench
    import report
    from measure import Bench

    # Ends the hub and the device program on the way out, as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        if options.what == "hub":
            summary = {"machine": report.machine(), **hub_bench.measure(options)}
            text, holds = hub_bench.text(summary), summary["holds"]
        elif options.what == "page":
            summary = {"machine": report.machine(), **page_bench.measure(options)}
            text, holds = page_bench.text(summary), summary["holds"]
        else:
            with contextlib.ExitStack() as clean_up:
                figures = Bench(options, clean_up).measure()
            summary = report.summarize(options, figures)
            text, holds = report.text(summary), all(ratio["holds"] for ratio in summary["ratios"])
    except KeyboardInterrupt:
        return 130
    print(summary["machine"])
    print(text)
    file = options.json or options.binaries.parent / f"bench-{options.what}.json"
    file.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    print(f"figures: {file}")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
