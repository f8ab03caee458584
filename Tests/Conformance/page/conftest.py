"""What the tests of the live page share: a hub with a page, devices that echo, and Debian's Chromium."""

import contextlib
import os
import shutil
import tempfile

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service as ChromeDriver
from selenium.webdriver.support.ui import WebDriverWait

from hubkit import Hub

# Long enough for a loaded machine; a passing test never waits for it.
PATIENCE = 60


class Browser:
    """A browser with a profile of its own, and what a person would do with it."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, url):
        """Opens a page as by the address bar."""
        self.driver.get(url)

    def go(self, fragment):
        """Opens a view of the page that is open."""
        self.driver.execute_script("location.hash = arguments[0]", fragment)

    def find(self, selector):
        """Waits for an element that can be seen."""
        return self.until(lambda: self.now(selector), f"nothing like {selector}")

    def now(self, selector):
        """The element, if it is there and can be seen now; asked at once, since the page replaces elements at any time."""
        script = "return [...document.querySelectorAll(arguments[0])].find((each) => each.checkVisibility()) ?? null"
        return self.driver.execute_script(script, selector)

    def click(self, selector):
        """Waits for an element and clicks on it."""
        self.until(lambda: self._once(lambda: self.now(selector).click()), f"nothing like {selector} to click on")

    def kind(self, selector):
        """The class of an element now."""
        return self.driver.execute_script("return document.querySelector(arguments[0])?.className ?? null", selector)

    @staticmethod
    def _once(action):
        """Does something with an element that may be replaced meanwhile; says whether it was done."""
        try:
            action()
        except (AttributeError, StaleElementReferenceException):
            return False
        return True

    def text(self, selector):
        """What an element says now."""
        return self.driver.execute_script(
            "return document.querySelector(arguments[0])?.textContent ?? null", selector
        )

    def until(self, question, message):
        """Asks until the answer is true, and returns it."""
        return WebDriverWait(self.driver, PATIENCE, poll_frequency=0.05).until(lambda _: question(), message)

    def until_text(self, selector, part):
        """Waits for an element that says something."""
        return self.until(
            lambda: part in (self.text(selector) or "") and self.text(selector),
            f"{selector} does not say {part!r}, but {self.text(selector)!r}",
        )

    def size(self, width, height):
        """Sets the size of what is seen."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def scheme(self, name):
        """Asks for light or dark."""
        features = {"features": [{"name": "prefers-color-scheme", "value": name}]}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", features)

    def forget(self):
        """Forgets all cookies."""
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})

    def complaints(self):
        """What the console has got since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser")]


@pytest.fixture(scope="session")
def _driver():
    profile = tempfile.mkdtemp(prefix="twinfleet-browser-")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ["--headless=new", "--no-sandbox", "--no-first-run", f"--user-data-dir={profile}"]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    # Named, or selenium would look for one to download.
    driver = webdriver.Chrome(options=options, service=ChromeDriver(shutil.which("chromedriver")))
    yield driver
    driver.quit()
    shutil.rmtree(profile, ignore_errors=True)


@pytest.fixture
def browser(_driver):
    """The browser: wide, light, with a console that has got no complaint when the test ends."""
    browser = Browser(_driver)
    browser.size(1280, 900)
    browser.scheme("light")
    browser.complaints()
    yield browser
    complaints = browser.complaints()
    # Streams and their watching end with the page.
    _driver.get("about:blank")
    assert complaints == []


@pytest.fixture(scope="session")
def _page_hub():
    with contextlib.ExitStack() as clean_up:
        hub = Hub.start(os.environ["TWINFLEET_BIN"], options=["--page"])
        clean_up.callback(hub.stop)
        yield hub


@pytest.fixture
def hub(_page_hub):
    """A hub with a page, instead of the one that all other tests share."""
    assert _page_hub.process.poll() is None, _page_hub.log()
    yield _page_hub
    assert _page_hub.process.poll() is None, _page_hub.log()


@pytest.fixture
def echoing(devices):
    """Makes a connected device that reports each desired property as it gets it; `only` names those that it knows."""

    def make(only=None):
        device = devices.connected()

        def report(patch):
            known = {key: value for key, value in patch.items() if not key.startswith("$")}
            if only is not None:
                known = {key: value for key, value in known.items() if key in only}
            if known:
                device.client.patch_twin_reported_properties(known)

        device.client.on_twin_desired_properties_patch_received = report
        return device

    return make
