"""The live page of `twinfleet run --page`: its last numbers are those of the run's files."""

import collections
import csv
import os
import re
import subprocess

import pytest

FLEET = """\
fleet: watched
hub: local
seed: 11
duration: 8s
devices:
  - { id: "press-{index}", count: 8, transport: { Mqtt: 50%, Amqp: 50% }, connectivity: wifi }
workload:
  - { desired: { speed: "{random:1..9999}" }, rate: 25/s }
"""


@pytest.fixture
def run(tmp_path):
    """A run with its page."""
    (tmp_path / "fleet.yaml").write_text(FLEET)
    command = [os.environ["TWINFLEET_BIN"], "run", "fleet.yaml", "--page", "--output", "runs"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_the_numbers_at_the_end_are_those_of_changes_csv(run, browser, tmp_path):
    url = re.fullmatch(r"page +(http://127\.0\.0\.1:\d+/\?token=\S+)\n", run.stdout.readline())[1]
    browser.open(url)
    browser.until_text("#title", "watched")
    browser.until_text("#overview .phase", "drive for")
    browser.until(lambda: browser.now("#overview .chart path.line"), "no line in any chart")
    browser.until_text("#outcome h2", "Run ended: PASS")
    output = run.stdout.read()
    assert run.wait(60) == 0, output
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
    url = run.stdout.readline().split()[1]
    browser.open(url)
    browser.until_text("#overview .phase", "drive for")
    browser.go("#/device/press-3")
    browser.until_text("#twin .facts", "connected")
    assert browser.find(".editor .warning").text.startswith("A run is on")
    # The connection ends with the run.
    browser.complaints()
