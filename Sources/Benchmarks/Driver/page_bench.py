"""What the live page costs a run: the same fleet with a page that is read, and without."""

import contextlib
import http.client
import json
import pathlib
import re
import subprocess
import tempfile
import threading
import urllib.parse

FLEET = """\
fleet: page
hub: local
seed: 1
connect: 2000/s
duration: {seconds}s
devices:
  - id: "run-{{index:05}}"
    count: {devices}
    transport: {{ Mqtt: 50%, Amqp: 50% }}
    tags: {{ plant: "Munich{{index%4}}" }}
amqp: {{ pool: 100 }}
workload:
  - desired: {{ speed: {{ type: 5G }}, telemetryInterval: "{{random:1..60}}" }}
    rate: {rate}/s
"""
RUN_SECONDS = 600
# What a page with its device table in sight asks for.
TABLE_SECONDS = 2
# More CPU for each change, or less throughput, than this is too much.
LIMIT = 1.10


class Reader:
    """Does what an open page does: reads the stream with the twin of one device, and asks for the table of devices."""

    def __init__(self, url, device):
        address = urllib.parse.urlsplit(url)
        self._port = address.port
        self._headers = {"X-Twinfleet-Token": urllib.parse.parse_qs(address.query)["token"][0]}
        self._done = threading.Event()
        self.overviews = self.twins = self.tables = self.largest_overview = 0
        self._threads = [
            threading.Thread(target=self._read_stream, args=[device]), threading.Thread(target=self._read_table),
        ]
        for thread in self._threads:
            thread.start()

    def _ask(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        connection.request("GET", path, headers=self._headers)
        return connection, connection.getresponse()

    def _read_stream(self, device):
        # The run ends the stream, as a rule in good manners.
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection, response = self._ask(f"/api/events?device={device}")
            with contextlib.closing(connection):
                while line := response.readline():
                    if line.startswith(b"data: "):
                        message = json.loads(line[6:])
                        self.twins += "twin" in message
                        if "overview" in message and "history" not in message:
                            self.overviews += 1
                            self.largest_overview = max(self.largest_overview, len(line))

    def _read_table(self):
        while not self._done.wait(TABLE_SECONDS):
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection, response = self._ask("/api/devices")
                with contextlib.closing(connection):
                    self.tables += response.status == 200 and len(json.loads(response.read())["rows"]) > 0

    def stop(self):
        """Asks for nothing more."""
        self._done.set()
        for thread in self._threads:
            thread.join()


def run(options, folder, has_page):
    """Runs the fleet once and returns its figures."""
    folder.mkdir()
    fleet = folder / "page.yaml"
    fleet.write_text(FLEET.format(seconds=options.seconds, devices=options.page_devices, rate=options.page_rate))
    command = [options.binaries / "twinfleet", "run", fleet, "--output", folder / "runs"]
    if has_page:
        command.append("--page")
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    reader = None
    output = []
    watchdog = threading.Timer(RUN_SECONDS, process.kill)
    watchdog.start()
    try:
        for line in process.stdout:
            output.append(line)
            match = re.match(r"page +(http://\S+)", line)
            if match and reader is None:
                reader = Reader(match[1], "run-00007")
        # 1 and 2 are verdicts; they come with figures, too.
        if process.wait() not in (0, 1, 2):
            raise RuntimeError(f"twinfleet run ended with {process.returncode}: {''.join(output)}")
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        process.stdout.close()
        if reader:
            reader.stop()
    summary = json.loads(next((folder / "runs").rglob("summary.json")).read_text())
    figures = {
        "cpu_us_per_change": summary["generator"]["drive_cpu_s"] / summary["accounting"]["acknowledged"] * 1e6,
        "accepted_per_s": summary["load"]["accepted_per_s"],
        "hub_cpu_s": summary["local_hub"]["cpu_s"],
        "verdict": summary["verdict"],
        "lost": summary["accounting"]["lost"],
    }
    if reader:
        figures |= {
            "overviews": reader.overviews, "largest_overview_bytes": reader.largest_overview, "twins": reader.twins,
            "tables": reader.tables,
        }
    return figures


def measure(options):
    """Runs the fleet in turns, without and with the page."""
    rounds = {"without": [], "with": []}
    with tempfile.TemporaryDirectory(prefix="twinfleet-bench-") as folder:
        for number in range(options.rounds):
            for name in rounds:
                rounds[name].append(run(options, pathlib.Path(folder) / f"{name}-{number}", name == "with"))
    best = {
        name: (min(each["cpu_us_per_change"] for each in figures), max(each["accepted_per_s"] for each in figures))
        for name, figures in rounds.items()
    }
    ratios = {"cpu": best["with"][0] / best["without"][0], "throughput": best["without"][1] / best["with"][1]}
    return {
        "devices": options.page_devices, "rate": options.page_rate, "seconds": options.seconds, "rounds": rounds,
        "ratios": ratios, "limit": LIMIT, "holds": all(ratio < LIMIT for ratio in ratios.values()),
    }


def text(summary):
    """The figures for people."""
    lines = [
        f"the live page: {summary['devices']:,} devices, {summary['rate']:,} changes/s for {summary['seconds']} s",
        f"{'':14}{'us CPU/change':>15}{'accepted/s':>13}{'hub CPU s':>11}  verdict  what the page got",
    ]
    for name, figures in summary["rounds"].items():
        for each in figures:
            got = ""
            if "overviews" in each:
                got = (
                    f"{each['overviews']} overviews of {each['largest_overview_bytes']:,} bytes at most, "
                    f"{each['twins']} twins, {each['tables']} tables"
                )
            lines.append(
                f"{name + ' page':14}{each['cpu_us_per_change']:15.1f}{each['accepted_per_s']:13.1f}"
                f"{each['hub_cpu_s']:11.1f}  {each['verdict']:7}  {got}"
            )
    for title, key in [("CPU per change, with / without", "cpu"), ("throughput, without / with", "throughput")]:
        ratio = summary["ratios"][key]
        mark = "ok    " if ratio < summary["limit"] else "MISSED"
        lines.append(f"{mark} {title} (best of the rounds): {ratio:.3f}, to be below {summary['limit']:.2f}")
    return "\n".join(lines)
