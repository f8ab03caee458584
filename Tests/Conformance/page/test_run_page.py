"""The live page of `twinfleet run --page`: its last numbers are those of the run's files."""

import collections
import csv
import os
import re
import subprocess

import pytest

from hubkit.full_pipe import FullPipe

FLEET = """\
fleet: watched
hub: local
seed: 11
duration: {duration}
devices:
  - {{ id: "press-{{index}}", count: 8, transport: {{ Mqtt: 50%, Amqp: 50% }}, connectivity: wifi }}
workload:
  - {{ desired: {{ speed: "{{random:1..9999}}" }}, rate: 25/s }}
"""


@pytest.fixture
def summary():
    """Where the summary goes; the run does not end before it is read."""
    with FullPipe() as pipe:
        yield pipe


@pytest.fixture
def run(tmp_path, summary):
    """Starts a run with its page; gives the process and the page's address."""
    processes = []

    def start(duration):
        (tmp_path / "fleet.yaml").write_text(FLEET.format(duration=duration))
        command = [os.environ["TWINFLEET_BIN"], "run", "fleet.yaml", "--quiet", "--page", "--output", "runs"]
        process = subprocess.Popen(command, cwd=tmp_path, stdout=summary.end, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        line = process.stderr.readline()
        return process, re.fullmatch(r"twinfleet: page +(http://127\.0\.0\.1:\d+/\?token=\S+)\n", line)[1]

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stderr.close()


def test_the_numbers_at_the_end_are_those_of_changes_csv(run, summary, browser, tmp_path):
    process, url = run("8s")
    browser.open(url)
    browser.until_text("#title", "watched")
    browser.until(lambda: browser.now("#overview .chart path.line"), "no line in any chart")
    # Only now, however long the browser took, may the run end.
    output = summary.read()
    # A machine that is busy with a browser may make the run INVALID; its numbers are true all the same.
    verdict = {0: "PASS", 2: "INVALID"}.get(process.wait(60))
    assert verdict, output
    browser.until_text("#outcome h2", f"Run ended: {verdict}")
    # Nobody answers any more, and that is what the page says.
    browser.until_text("#live", "run ended")
    browser.complaints()

    with open(next(tmp_path.glob("runs/*/changes.csv")), newline="", encoding="utf-8") as file:
        changes = list(csv.DictReader(file))
    states = collections.Counter(change["state"] for change in changes)
    acknowledged = sum(1 for change in changes if change["acknowledged_us"])

    def table(selector):
        script = "return [...document.querySelectorAll(arguments[0])].map((row) => [row.cells[0].textContent, row.cells[1].textContent])"
        rows = browser.driver.execute_script(script, f"{selector} tbody tr")
        return {name: int(number.replace(",", "")) for name, number in rows}

    accounting = table("#accounting")
    assert len(changes) == 200
    assert accounting["sent"] == len(changes)
    for name in ("delivered", "caught_up", "superseded", "rejected", "lost"):
        assert accounting[name] == states[name], name
    assert accounting["acknowledged"] == acknowledged
    totals = table("#totals")
    assert totals["asked"] == totals["sent"] == len(changes)
    assert totals["delivered"] == states["delivered"] + states["caught_up"]
    assert totals["acknowledged"] == acknowledged


def test_edits_are_said_to_be_another_writers_while_the_run_is_on(run, browser):
    _, url = run("10m")
    browser.open(url)
    browser.until_text("#overview .phase", "drive for")
    browser.go("#/device/press-3")
    browser.until_text("#twin .facts", "connected")
    assert browser.find(".editor .warning").text.startswith("A run is on")
    # The connection ends with the run.
    browser.complaints()
