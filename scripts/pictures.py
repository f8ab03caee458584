"""Takes the README's pictures; scripts/pictures says which, and calls it."""

import html
import os
import pathlib
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

COLUMNS, ROWS = 108, 30
# The colours of FleetReport's Style, by their ANSI numbers.
# How the styles of FleetReport's Style look, by their ANSI numbers.
WEIGHTS = {"1": "font-weight:bold;color:#ffffff", "2": "color:#8b949e"}
COLOURS = {"31": "color:#ff7b72", "32": "color:#3fb950", "33": "color:#d29922"}


def terminal_page(text):
    """A terminal's content, with its colours, as a page."""
    text = re.sub(r"(\x1b\[[0-9;]*m|\s)+$", "", text)
    body, weight, colour = "", "", ""
    for piece in re.split(r"(\x1b\[[0-9;]*m)", text):
        if not (match := re.fullmatch(r"\x1b\[([0-9;]*)m", piece)):
            style = colour or weight
            body += f'<span style="{style}">{html.escape(piece)}</span>' if style else html.escape(piece)
            continue
        for code in match.group(1).split(";"):
            if code in ("", "0"):
                weight = colour = ""
            elif code == "22":
                weight = ""
            elif code == "39":
                colour = ""
            weight, colour = WEIGHTS.get(code, weight), COLOURS.get(code, colour)
    return (
        '<!doctype html><meta charset="utf-8"><style>body{margin:0;background:#0d1117}'
        "pre{margin:0;padding:18px 20px;color:#e6edf3;font:15px/1.3 'DejaVu Sans Mono',monospace;display:inline-block}"
        f"</style><pre>{body}</pre>"
    )


class Browser:
    """Headless Chromium, gone with its profile at the end."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="twinfleet-pictures-")
        options = Options()
        options.binary_location = shutil.which("chromium")
        for argument in ("--headless=new", "--no-sandbox", "--hide-scrollbars", "--force-device-scale-factor=1",
                         f"--user-data-dir={self.profile}"):
            options.add_argument(argument)
        self.driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    def open(self, address, width, height):
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )
        self.driver.get(address)

    def save(self, file):
        self.driver.save_screenshot(str(file))
        print(file)


class Screen:
    """A program in a terminal of its own, which stays as it is when the program has ended."""

    SOCKET = "twinfleet-pictures"
    PATIENCE = 120

    def __init__(self, command, work):
        # What the program writes is what a change of the screen is noticed by.
        output = pathlib.Path(work, "output")
        os.mkfifo(output)
        self._output = os.open(output, os.O_RDONLY | os.O_NONBLOCK)
        self._tmux("-f", "/dev/null", "start-server", ";", "set-option", "-g", "remain-on-exit", "on", ";",
                   "new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), command)
        self._tmux("pipe-pane", f"cat > {output}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._tmux("kill-server")
        os.close(self._output)

    def _tmux(self, *arguments):
        command = ["tmux", "-L", self.SOCKET, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    @property
    def text(self):
        return self._tmux("capture-pane", "-p")

    @property
    def coloured_text(self):
        return self._tmux("capture-pane", "-e", "-p")

    def wait_for(self, pattern):
        """Returns what the pattern finds on the screen, as soon as it is there."""
        end = time.monotonic() + self.PATIENCE
        while not (found := re.search(pattern, self.text)):
            left = end - time.monotonic()
            if left <= 0:
                sys.exit(f"pictures: no {pattern!r} within {self.PATIENCE} s on this screen:\n{self.text}")
            if select.select([self._output], [], [], left)[0]:
                os.read(self._output, 1 << 20)
        return found


def take(root, program, folder):
    with tempfile.TemporaryDirectory(prefix="twinfleet-pictures-") as work, Browser() as browser:
        command = f"{program} run {root}/fleets/six-transports.yaml --page --output {work}/runs"
        with Screen(command, work) as screen:
            browser.open(screen.wait_for(r"http://127\.0\.0\.1:\S+").group(0), 1280, 900)
            # Half of the run's driving gives the charts something to show.
            screen.wait_for(r"0:2[5-9] of 0:45")
            page = pathlib.Path(work, "terminal.html")
            page.write_text(terminal_page(screen.coloured_text), encoding="utf-8")
            browser.save(folder / "page.png")
            twin(browser, folder)
            screen.wait_for(r"files +\S+/runs/")
        browser.open(page.as_uri(), 1100, 600)
        size = browser.driver.find_element(By.TAG_NAME, "pre").size
        browser.open(page.as_uri(), int(size["width"]) + 1, int(size["height"]) + 1)
        browser.save(folder / "live-view.png")
        (report,) = pathlib.Path(work, "runs").glob("*/report.html")
        browser.open(report.as_uri(), 1280, 900)
        browser.save(folder / "report.png")


def twin(browser, folder):
    """Opens a device of the page, changes a desired property, and waits for its echo."""
    driver = browser.driver
    driver.execute_script("location.hash = '#/device/mqtt-000'")
    patience = WebDriverWait(driver, 30)
    box = patience.until(lambda _: next((box for box in driver.find_elements(By.ID, "patch") if box.is_displayed()), None))
    box.send_keys('{ "speed": { "type": "5G" } }')
    box.submit()
    patience.until(lambda _: driver.find_elements(By.CSS_SELECTOR, "#echoes .arrived"))
    browser.save(folder / "twin.png")


if __name__ == "__main__":
    take(pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3]))
