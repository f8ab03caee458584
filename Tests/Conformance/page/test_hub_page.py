"""The live page of `twinfleet hub --page` in a browser."""

import urllib.parse

from selenium.webdriver.common.keys import Keys


def base(hub):
    return hub.page.partition("?")[0]


def fragment(device):
    return f"#/device/{urllib.parse.quote(device.id, safe='')}"


def row(path):
    return f"#twin tr[data-path='{path}']"


def add_devices(hub, name, count):
    names = [f"{name}-{number:03}" for number in range(count)]
    for start in range(0, count, 100):
        hub.service.request("POST", "/devices", [{"id": each, "importMode": "create"} for each in names[start:start + 100]])
    return names


def send(browser, patch):
    box = browser.find("#patch")
    box.clear()
    box.send_keys(patch)
    browser.click(".editor button[type=submit]")


def test_a_property_is_edited_and_its_echo_is_seen_with_its_latency(hub, browser, echoing):
    device = echoing()
    browser.open(hub.page)
    browser.until(lambda: "token" not in browser.driver.current_url, "the token stays in the address")
    browser.click("#to-devices")
    query = browser.find("#query")
    query.send_keys(f"deviceId = '{device.id}'")
    query.send_keys(Keys.ENTER)
    browser.until_text(".devices tbody", device.id)
    browser.until_text("#devices [role=status]", "1 to 1")
    assert "connected" in browser.text(".devices tbody")
    browser.click(".devices tbody a")
    browser.until_text("#difference", "Nothing is desired")

    send(browser, '{"fan": {"speed": 7}, "mode": "eco"}')
    arrived = browser.find("#echoes li.arrived")
    latency = int(arrived.get_attribute("data-latency"))
    twin = hub.service.request("GET", f"/twins/{device.id}")
    stamps = [twin["properties"][side]["$metadata"]["fan"]["speed"]["$lastUpdated"] for side in ("desired", "reported")]
    assert stamps[0] < stamps[1]
    assert 0 < latency < 60_000_000
    assert "by the hub's clock" in arrived.text
    browser.until_text("#difference", "All 2 desired properties")
    assert browser.text(f"{row('fan.speed')} .desired button") == "7"
    assert browser.text(f"{row('fan.speed')} .reported .value") == "7"
    assert browser.kind(row("mode")) == "equal"
    assert twin["properties"]["desired"]["mode"] == "eco"


def test_what_is_desired_and_not_reported_is_lit_up_until_it_is(hub, browser, echoing):
    device = echoing(only=["known"])
    browser.open(hub.page)
    browser.go(fragment(device))
    send(browser, '{"known": 1, "unknown": [1, {"a": 2}]}')
    browser.until_text("#difference", "1 of 2 desired properties are not reported as desired")
    assert browser.kind(row("unknown")) == "missing"
    device.client.patch_twin_reported_properties({"unknown": [1, {"a": 2}], "more": True})
    browser.until_text("#difference", "All 2 desired properties")
    assert browser.kind(row("more")) == "extra"
    device.client.patch_twin_reported_properties({"known": 2})
    browser.until(lambda: browser.kind(row("known")) == "differs", "no difference")
    browser.click("#only")
    browser.until(lambda: browser.now(row("unknown")) is None, "equal ones are still there")
    assert browser.now(row("known")) is not None


def test_an_edit_of_a_device_that_is_not_connected_says_what_it_waits_for(hub, browser):
    [device] = add_devices(hub, "away", 1)
    browser.open(hub.page)
    browser.go(f"#/device/{device}")
    send(browser, '{"speed": 1}')
    browser.until_text("#echoes li", "waiting for the device, which is not connected")
    browser.until_text("#difference", "1 of 1 desired property is not reported as desired")


def test_a_desired_value_is_a_button_that_begins_an_edit(hub, browser, echoing):
    device = echoing()
    hub.service.request("PATCH", f"/twins/{device.id}", {"properties": {"desired": {"fan": {"speed": 1}}}})
    browser.open(hub.page)
    browser.go(fragment(device))
    browser.click(f"{row('fan.speed')} .desired button")
    assert browser.find("#patch").get_property("value") == '{ "fan": { "speed": 1 } }'
    # The value is marked, so that typing replaces it.
    browser.driver.switch_to.active_element.send_keys("25", Keys.CONTROL, Keys.ENTER)
    browser.until_text("#echoes li.arrived", '{"fan":{"speed":25}}')


def test_an_echo_that_comes_before_the_answer_is_seen(hub, browser, echoing):
    device = echoing()
    browser.open(hub.page)
    browser.go(fragment(device))
    browser.find("#patch")
    browser.driver.execute_script("""
        const real = window.fetch;
        window.fetch = async (address, options) => {
          const answer = await real(address, options);
          if (options?.method === "PATCH") await new Promise((resolve) => { window.letGo = resolve; });
          return answer;
        };""")
    send(browser, '{"speed": 5}')
    browser.until_text("#difference", "The desired property is reported as desired")
    browser.until(lambda: browser.driver.execute_script("return window.letGo !== undefined"), "no answer")
    assert browser.now("#echoes li") is None
    browser.driver.execute_script("window.letGo()")
    assert "echo after" in browser.find("#echoes li.arrived").text


def test_the_view_that_is_open_is_marked_in_the_navigation(hub, browser):
    browser.open(hub.page)
    script = "return [...document.querySelectorAll('nav a')].map((each) => each.getAttribute('aria-current'))"
    for view, marks in [("#/", ["page", None]), ("#/devices", [None, "page"]), ("#/device/d", [None, "page"])]:
        browser.go(view)
        browser.until(lambda marks=marks: browser.driver.execute_script(script) == marks, f"not {marks}")


def test_rows_stay_while_their_cells_change(hub, browser, devices):
    gone, kept = devices.new(), devices.new()
    browser.open(hub.page)
    browser.go("#/devices?query=" + urllib.parse.quote(f"deviceId IN ['{gone.id}', '{kept.id}']"))
    browser.until_text("#devices [role=status]", "1 to 2")
    name = "document.querySelector(`.devices a[data-key='${arguments[0]}']`)"
    browser.driver.execute_script(f"window.row = {name}.closest('tr'); {name}.focus()", kept.id)
    hub.service.request("PATCH", f"/twins/{kept.id}", {"tags": {"plant": "new"}})
    hub.service.request("DELETE", f"/devices/{gone.id}")
    browser.until_text(".devices tbody", "plant=new")
    browser.until_text("#devices [role=status]", "1 to 1")
    same = f"return [{name}.closest('tr') === window.row, document.activeElement === {name}, window.row.cells[2].textContent]"
    assert browser.driver.execute_script(same, kept.id) == [True, True, "plant=new"]


def test_a_place_in_the_answer_that_is_known_no_more_leads_back_to_the_first(hub, browser):
    add_devices(hub, "expired", 150)
    browser.open(hub.page)
    browser.go("#/devices?query=" + urllib.parse.quote("STARTSWITH(deviceId, 'expired-')"))
    browser.until_text("#devices [role=status]", "1 to 100")
    browser.driver.execute_script("""
        const real = window.fetch;
        window.asked = 0;
        window.fetch = async (address, options) => {
          const answer = await real(address.replace(/page=[^&]*/, "page=expired"), options);
          if (address.includes("page=")) window.asked += 1;
          return answer;
        };
        document.querySelector("#devices [role=status]").textContent = "";""")
    browser.click(".pages button:last-child")
    browser.until(lambda: browser.driver.execute_script("return window.asked") == 1, "the second was not asked for")
    browser.until_text("#devices [role=status]", "1 to 100")
    assert browser.now("#fault") is None
    assert all("400 (Bad Request)" in each for each in browser.complaints())


def test_tables_of_the_overview_stay_while_their_numbers_change(hub, browser):
    browser.open(hub.page)
    browser.find("#totals")
    cell = "[...document.querySelectorAll('#totals tr')].find((each) => each.cells[0].textContent === 'queries').cells[1].textContent"
    before = browser.driver.execute_script(f"window.scroller = document.querySelector('#totals .scroll'); return {cell}")
    hub.service.request("POST", "/devices/query", {"query": "SELECT * FROM devices"})
    browser.until(lambda: browser.driver.execute_script(f"return {cell}") != before, "the query is not counted")
    assert browser.driver.execute_script("return document.querySelector('#totals .scroll') === window.scroller")


def test_a_disconnect_is_seen_while_the_device_is_open(hub, browser, echoing):
    device = echoing()
    browser.open(hub.page)
    browser.go(fragment(device))
    browser.until_text("#twin .facts", "connected")
    browser.until(lambda: browser.text("#twin .facts .badge") == "connected", "it is not connected")
    device.shut_down()
    browser.until(lambda: browser.text("#twin .facts .badge") == "disconnected", "it is still connected")
    assert "disconnected at" in browser.text("#twin .changes")


def test_a_patch_that_is_none_is_told_with_its_place_and_nothing_is_written(hub, browser, echoing):
    device = echoing()
    browser.open(hub.page)
    browser.go(fragment(device))
    for patch, words in [
        ('{"a": 1,}', "line 1, column"),
        ("[1]", "expected an object"),
        ("{}", "The patch is empty"),
        ('{"a.b": 1}', "a.b"),
    ]:
        send(browser, patch)
        browser.until_text("#patch-message", words)
    version = hub.service.request("GET", f"/twins/{device.id}")["properties"]["desired"]["$version"]
    assert version == 1
    # The console tells of each answer 400; that is not what this test is about.
    assert all("400 (Bad Request)" in each for each in browser.complaints())


def test_an_edit_of_a_twin_that_has_changed_since_is_refused_when_that_is_wanted(hub, browser, echoing):
    device = echoing()
    browser.open(hub.page)
    browser.go(fragment(device))
    browser.click("#guarded")
    # With its events held back the page does not know the new ETag.
    browser.driver.execute_script("Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
                                  "document.dispatchEvent(new Event('visibilitychange'))")
    browser.until(lambda: browser.text("#live") == "paused", "it is not paused")
    hub.service.request("PATCH", f"/twins/{device.id}", {"tags": {"a": 1}})
    send(browser, '{"speed": 1}')
    browser.until_text("#patch-message", "has changed since you looked")
    browser.driver.execute_script("Object.defineProperty(document, 'hidden', {value: false, configurable: true});"
                                  "document.dispatchEvent(new Event('visibilitychange'))")
    browser.until_text("#twin section pre", '"a": 1')
    browser.click(".editor button[type=submit]")
    browser.find("#echoes li.arrived")
    assert all("412 (Precondition Failed)" in each for each in browser.complaints())


def test_a_wrong_query_is_told_in_the_hubs_words_with_its_place(hub, browser):
    browser.open(hub.page)
    browser.go("#/devices?query=" + urllib.parse.quote("tags.plant == 'a'"))
    fault = browser.until_text("#fault", "the hub refuses the query")
    assert "SELECT * FROM devices WHERE tags.plant == 'a'" in fault
    assert "^" in fault
    assert all("400 (Bad Request)" in each for each in browser.complaints())


def test_large_answers_come_a_hundred_at_a_time(hub, browser):
    names = add_devices(hub, "many", 205)
    browser.open(hub.page)
    browser.go("#/devices?query=" + urllib.parse.quote("STARTSWITH(deviceId, 'many-')"))
    for first in (1, 101, 201):
        browser.until_text("#devices [role=status]", f"{first} to {min(first + 99, 205)}")
        shown = browser.driver.execute_script("return [...document.querySelectorAll('.devices a')].map((each) => each.text)")
        assert shown == names[first - 1:first + 99]
        if first < 201:
            browser.click(".pages button:last-child")
    assert not browser.find(".pages button:last-child").is_enabled()


def test_a_page_that_is_asked_for_twice_is_turned_once(hub, browser):
    names = add_devices(hub, "twice", 205)
    browser.open(hub.page)
    browser.go("#/devices?query=" + urllib.parse.quote("STARTSWITH(deviceId, 'twice-')"))
    browser.until_text("#devices [role=status]", "1 to 100")
    browser.driver.execute_script("""
        const next = document.querySelector(".pages button:last-child");
        next.click();
        next.click();""")
    browser.until_text(".devices tbody", names[100])
    assert browser.text("#devices [role=status]").startswith("101 to 200")


def test_a_device_that_is_made_anew_is_shown_though_its_versions_begin_again(hub, browser, devices):
    device = devices.new()
    for number in range(3):
        hub.service.patch_desired(device.id, {"n": number})
    browser.open(hub.page)
    browser.go(fragment(device))
    browser.until_text(f"{row('n')} .desired button", "2")
    hub.service.remove_device(device.id)
    browser.until_text("#twin .fault", "has no device")
    hub.service.create_device(device.id)
    browser.until_text("#difference", "Nothing is desired")
    assert browser.now("#twin .fault") is None


def test_the_answer_to_a_patch_says_nothing_of_the_connection(hub, browser, echoing):
    device = echoing()
    browser.open(hub.page)
    browser.go(fragment(device))
    browser.until(lambda: browser.text("#twin .facts .badge") == "connected", "it is not connected")
    browser.driver.execute_script("""
        const real = window.fetch;
        window.fetch = async (address, options) => {
          const answer = await real(address, options);
          if (options?.method !== "PATCH") return answer;
          const { twin } = await answer.json();
          return new Response(JSON.stringify({ twin: { ...twin, connectionState: "Disconnected" } }));
        };""")
    send(browser, '{"speed": 5}')
    browser.find("#echoes li.arrived")
    assert browser.text("#twin .facts .badge") == "connected"
    assert browser.text("#twin .changes") == ""


def test_a_text_is_shown_as_json_writes_it(hub, browser, devices):
    device = devices.new()
    hub.service.patch_desired(device.id, {"text": 'q"uote\\'})
    browser.open(hub.page)
    browser.go(fragment(device))
    assert browser.until_text(f"{row('text')} .desired button", "uote") == r'"q\"uote\\"'


def test_everything_can_be_done_by_keyboard(hub, browser, echoing):
    device = echoing()
    browser.open(hub.page)
    browser.find("#overview .tiles")

    def press(*keys):
        browser.driver.switch_to.active_element.send_keys(*keys)

    def tab_to(selector):
        for _ in range(60):
            press(Keys.TAB)
            if browser.driver.execute_script("return document.activeElement.matches(arguments[0])", selector):
                outline = "return getComputedStyle(document.activeElement).outlineStyle"
                assert browser.driver.execute_script(outline) != "none", f"the focus on {selector} is not seen"
                return
        raise AssertionError(f"the tabulator does not lead to {selector}")

    tab_to("#to-devices")
    press(Keys.ENTER)
    browser.find(".devices tbody a")
    tab_to("#query")
    press(f"deviceId = '{device.id}'", Keys.ENTER)
    browser.until_text("#devices [role=status]", "1 to 1")
    tab_to(".devices tbody a")
    press(Keys.ENTER)
    browser.find("#patch")
    tab_to("#patch")
    press('{"speed": 3}')
    tab_to(".editor button[type=submit]")
    press(Keys.SPACE)
    browser.find("#echoes li.arrived")
    tab_to("#twin p a")
    press(Keys.ENTER)
    browser.find(".devices tbody a")


def test_arrow_keys_lead_from_device_to_device(hub, browser, devices):
    for _ in range(3):
        devices.new()
    browser.open(hub.page)
    browser.go("#/devices")
    browser.until(lambda: len(browser.driver.find_elements("css selector", ".devices tbody a")) >= 3, "no three devices")
    names = browser.driver.execute_script("return [...document.querySelectorAll('.devices tbody a')].map((each) => each.text)")
    browser.driver.execute_script("document.querySelector('.devices tbody a').focus()")
    focused = "return document.activeElement.text"
    browser.driver.switch_to.active_element.send_keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    assert browser.driver.execute_script(focused) == names[2]
    browser.driver.switch_to.active_element.send_keys(Keys.ARROW_UP)
    assert browser.driver.execute_script(focused) == names[1]


def test_a_phone_shows_all_of_it_without_scrolling_sideways(hub, browser, echoing):
    device = echoing()
    send_long = {"aVeryLongNameOfAPropertyThatGoesOnAndOn": {"andOn": "x" * 300}}
    hub.service.request("PATCH", f"/twins/{device.id}", {"properties": {"desired": send_long}, "tags": {"t": "y" * 200}})
    browser.size(390, 844)
    browser.open(hub.page)
    for view, selector in [("#/", "#overview .chart"), ("#/devices", ".devices tbody a"), (fragment(device), "#patch")]:
        browser.go(view)
        browser.find(selector)
        width = browser.driver.execute_script("return document.documentElement.scrollWidth")
        assert width <= 390, f"{view} is {width} pixels wide"


def test_dark_is_dark_and_light_is_light(hub, browser):
    browser.open(hub.page)
    colors = {}
    for scheme in ("light", "dark"):
        browser.scheme(scheme)
        script = "const style = getComputedStyle(document.body); return [style.backgroundColor, style.color]"
        colors[scheme] = browser.driver.execute_script(script)
    assert colors == {
        "light": ["rgb(255, 255, 255)", "rgb(31, 35, 40)"], "dark": ["rgb(13, 17, 23)", "rgb(230, 237, 243)"],
    }


def test_the_overview_counts_what_the_hub_does(hub, browser, echoing):
    browser.open(hub.page)

    def total(name):
        script = (
            "const row = [...document.querySelectorAll('#totals tr')].find((each) => each.cells[0].textContent === arguments[0]);"
            "return row ? Number(row.cells[1].textContent.replaceAll(',', '')) : null"
        )
        return browser.driver.execute_script(script, name)

    browser.until(lambda: total("reported updates") is not None, "no totals")
    device = echoing()
    before = hub.service.request("GET", f"/twins/{device.id}")["properties"]["reported"]["$version"]
    start = total("reported updates")
    for number in range(5):
        hub.service.request("PATCH", f"/twins/{device.id}", {"properties": {"desired": {"n": number}}})
    browser.until(lambda: total("reported updates") >= start + 5, "the echoes are not counted")
    after = hub.service.request("GET", f"/twins/{device.id}")["properties"]["reported"]["$version"]
    assert after - before == 5


def test_a_browser_without_the_token_is_refused_and_told_what_to_do(hub, browser):
    browser.forget()
    browser.open(base(hub))
    assert "needs the token that twinfleet printed" in browser.driver.find_element("css selector", "body").text
    browser.open(base(hub) + "?token=wrong")
    assert "needs the token" in browser.driver.find_element("css selector", "body").text
    assert all("403 (Forbidden)" in each for each in browser.complaints())


def test_a_page_that_is_reloaded_or_opened_again_still_works(hub, browser):
    browser.open(hub.page)
    browser.until_text("#live", "live")
    browser.driver.refresh()
    browser.until_text("#live", "live")
    browser.open(base(hub) + "#/devices")
    browser.find(".devices")
