"""A run's metrics against what it writes down in the end."""

import contextlib
import csv
import json
import os
import socket
import subprocess

import pytest
from conftest import within_the_deadline

from hubkit.full_pipe import FullPipe

from .scraping import Scrape, Target, assert_promtool_agrees

# The ids tell the transport and the connectivity: changes.csv has neither.
GROUPS = {
    "a": ("Mqtt_Tcp_Only", "wifi"),
    "b": ("Amqp_WebSocket_Only", "cellular"),
    "c": ("Mqtt", None),
    "d": ("Amqp", "wifi"),
}
DEVICES = {"a": 6, "b": 3, "c": 2, "d": 2}


def fleet_text():
    """A fleet with one template for each group."""
    lines = ["fleet: metrics", "hub: local", "seed: 7", "duration: 4s", "devices:"]
    for name, (transport, connectivity) in GROUPS.items():
        more = f", connectivity: {connectivity}" if connectivity else ""
        lines.append(f'  - {{ id: "{name}-{{index}}", count: {DEVICES[name]}, transport: {transport}{more} }}')
    lines += ["workload:", '  - { desired: { speed: "{random:1..99}" }, rate: 50/s }']
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """All scrapes of a run, and the folder with its files."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "fleet.yaml").write_text(fleet_text(), encoding="utf-8")
    command = [os.environ["TWINFLEET_BIN"], "run", "fleet.yaml", "--quiet", "--metrics", "0"]
    # Nobody reads the summary until the last numbers are there: the program waits with it before it ends.
    with within_the_deadline(), FullPipe() as summary:
        program = subprocess.Popen(command, cwd=folder, stdout=summary.end, stderr=subprocess.PIPE, text=True)
        try:
            name, url = program.stderr.readline().removeprefix("twinfleet: ").split()
            assert name == "metrics"
            target, texts = Target(url), []
            # The files are written before the summary, so what is read once they are there are the last numbers.
            is_last = False
            while not is_last:
                is_last = any(folder.glob("runs/*/summary.json"))
                texts.append(target.text())
                with contextlib.suppress(subprocess.TimeoutExpired):
                    pytest.fail(f"it ended by itself with {program.wait(0.02)}: {program.stderr.read()}")
            output = summary.read()
            _, errors = program.communicate(timeout=60)
        finally:
            program.kill()
            program.wait()
    # A machine that is busy with other tests may make the run INVALID; its numbers are true all the same.
    assert program.returncode in (0, 2), output + errors
    (run,) = (folder / "runs").iterdir()
    return [Scrape(text) for text in texts], run


def changes_of(run, group):
    """The rows of changes.csv of one group."""
    with open(run / "changes.csv", encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["device"].startswith(f"{group}-")]


def labels_of(group):
    """The labels of a group; no connectivity is no label."""
    transport, connectivity = GROUPS[group]
    return {"transport": transport} | ({"connectivity": connectivity} if connectivity else {})


def test_promtool_finds_no_fault_at_any_phase(finished):
    scrapes, _ = finished
    seen = {}
    for scrape in scrapes:
        phases = [dict(labels)["phase"] for labels, value in scrape.all("twinfleet_run_phase").items() if value == 1]
        seen.setdefault(tuple(phases), scrape)
    for scrape in [*seen.values(), scrapes[-1]]:
        assert_promtool_agrees(scrape)
    # Before the fleet is known there is no phase; the short ones may go by between two scrapes.
    assert ("drive",) in seen
    assert phases == ["verify"], "the last one stays"
    assert all(len(phases) <= 1 for phases in seen)


def test_counters_only_rise(finished):
    scrapes, _ = finished
    assert len(scrapes) > 10
    for before, after in zip(scrapes, scrapes[1:]):
        after.assert_follows(before)


def test_labels_are_those_that_the_fleet_declares(finished):
    last = finished[0][-1]
    for name in (
        "twinfleet_devices", "twinfleet_devices_connected", "twinfleet_changes_sent_total",
        "twinfleet_changes_in_flight", "twinfleet_reconnects_total", "twinfleet_sync_latency_seconds_count",
    ):  # fmt: skip
        assert last.labels(name, "transport", "connectivity") == set(GROUPS.values()), name
    for group, count in DEVICES.items():
        assert last.one("twinfleet_devices", **labels_of(group)) == count
        assert last.one("twinfleet_devices_ready", **labels_of(group)) == count


@pytest.mark.parametrize("group", GROUPS)
def test_counts_are_those_of_the_change_log(finished, group):
    scrapes, run = finished
    rows = changes_of(run, group)
    assert rows

    def count(name):
        return scrapes[-1].one(f"twinfleet_changes_{name}_total", **labels_of(group))

    assert count("intended") == len(rows)
    assert count("sent") == sum(1 for row in rows if row["sent_us"])
    assert count("accepted") == sum(1 for row in rows if row["accepted_us"])
    assert count("delivered") == sum(1 for row in rows if row["state"] in ("delivered", "caught_up"))
    assert count("acknowledged") == sum(1 for row in rows if row["acknowledged_us"])
    assert count("superseded") == sum(1 for row in rows if row["state"] == "superseded")
    assert count("rejected") == sum(1 for row in rows if row["state"] == "rejected")
    assert scrapes[-1].one("twinfleet_changes_in_flight", **labels_of(group)) == 0


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize(
    "latency, start, end",
    [
        ("delivery", "intended_us", "delivered_us"),
        ("echo", "delivered_us", "acknowledged_us"),
        ("sync", "intended_us", "acknowledged_us"),
    ],
)
def test_histograms_are_those_of_the_change_log(finished, group, latency, start, end):
    scrapes, run = finished
    last, name, labels = scrapes[-1], f"twinfleet_{latency}_latency_seconds", labels_of(group)
    times = [int(row[end]) - int(row[start]) for row in changes_of(run, group) if row[end]]
    assert last.one(f"{name}_count", **labels) == len(times)
    assert last.one(f"{name}_sum", **labels) == pytest.approx(sum(times) / 1e6)
    bounds = {bound for (bound,) in last.labels(f"{name}_bucket", "le")}
    assert len(bounds) > 10 and "+Inf" in bounds
    for bound in bounds:
        expected = sum(1 for time in times if time <= round(float(bound) * 1e6)) if bound != "+Inf" else len(times)
        assert last.one(f"{name}_bucket", le=bound, **labels) == expected, bound


def test_sums_are_those_of_the_summary(finished):
    scrapes, run = finished
    last = scrapes[-1]
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    books = summary["accounting"]
    for name in ("intended", "sent", "superseded", "rejected", "duplicated", "out_of_order", "acknowledged"):
        assert last.sum(f"twinfleet_changes_{name}_total") == books[name], name
    assert last.sum("twinfleet_changes_delivered_total") == books["delivered"] + books["caught_up"]
    assert last.sum("twinfleet_changes_foreign_total") == books["foreign_changes"]
    assert last.sum("twinfleet_reconnects_total") == books["reconnects"]
    assert last.sum("twinfleet_errors_total") == books["errors"]
    assert last.labels("twinfleet_run_info", "fleet", "hub") == {(summary["fleet"], summary["hub"])}
    assert last.one("process_cpu_seconds_total") > 0


def test_a_taken_port_is_named_with_its_option_before_anything_starts(tmp_path):
    (tmp_path / "fleet.yaml").write_text(fleet_text(), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [os.environ["TWINFLEET_BIN"], "run", "fleet.yaml", "--metrics", port]
        outcome = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert outcome.returncode == 70
    assert port in outcome.stderr and "--metrics" in outcome.stderr
    assert not (tmp_path / "runs").exists()
