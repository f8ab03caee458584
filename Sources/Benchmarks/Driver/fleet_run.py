"""`twinfleet run` as a whole: devices, back end, ledger and histograms in one process."""

import json
import os
import subprocess

FLEET = """\
fleet: bench
hub: {{ connection: "${{TWINFLEET_BENCH_HUB}}", ca: "{ca}" }}
seed: 1
connect: 2000/s
duration: {seconds}s
devices:
  - id: "run-{{index:05}}"
    count: {devices}
    transport: Mqtt
workload:
  - desired: {{ speed: {{ type: 5G }}, telemetryInterval: "{{random:1..60}}" }}
    rate: {rate}/s
"""
# Long enough that the costs of starting to drive do not matter.
DRIVE_SECONDS = 15
RUN_SECONDS = 600


def measure(options, hub, folder):
    """Runs a fleet and returns the figures of its generator."""
    fleet = folder / "bench.yaml"
    fleet.write_text(
        FLEET.format(
            ca=hub.certificate_authority_file, seconds=DRIVE_SECONDS, devices=options.devices, rate=options.rate
        )
    )
    output = folder / "run"
    command = [options.binaries / "twinfleet", "run", fleet, "--output", output, "--cleanup"]
    environment = {**os.environ, "TWINFLEET_BENCH_HUB": hub.connection_string}
    with (folder / "run.log").open("w+") as log:
        ended = subprocess.run(
            [str(part) for part in command], env=environment, stdout=log, stderr=log, timeout=RUN_SECONDS, check=False
        )
        log.seek(0)
        # 1 and 2 are verdicts; they come with figures, too.
        if ended.returncode not in (0, 1, 2):
            raise RuntimeError(f"twinfleet run ended with {ended.returncode}: {log.read()}")
    summaries = sorted(output.rglob("summary.json"), key=lambda file: file.stat().st_mtime)
    summary = json.loads(summaries[-1].read_text())
    generator, accounting = summary["generator"], summary["accounting"]
    connect = next(phase for phase in summary["phases"] if phase["phase"] == "connect")
    return {
        "devices": summary["devices"]["ready"],
        "cpu_us_per_echo": generator["drive_cpu_s"] / accounting["acknowledged"] * 1e6,
        "resident_kb_per_device": generator["resident_bytes_per_device"] / 1024,
        "connects_per_second": summary["devices"]["connected"] / connect["duration_s"],
        "open_files": generator["open_files"],
        "echoes_per_second": summary["load"]["accepted_per_s"],
        "verdict": summary["verdict"],
        "lost": accounting["lost"],
    }
