"""Queries over a thousand twins, by pages."""

import contextlib
import statistics

import pytest
from azure.iot.hub.models import ExportImportDevice, PropertyContainer, QuerySpecification, Twin
from conftest import Devices, within_the_deadline

from .refusal import refused

NUMBERS = range(1000)
IDS = {number: f"dev-{number:04}" for number in NUMBERS}
# Of twenty devices each: 350, 400 and 250 in all, spread over the ids.
PLANTS = 7 * ["Redmond43"] + 8 * ["Munich1"] + 5 * ["Pune2"]
REGIONS = {"Redmond43": "US", "Munich1": "EU", "Pune2": "IN"}


def plant(number):
    return PLANTS[number % 20]


# What has connected and said how: 105 of Redmond by cellular and 3 by wifi, 3 of Munich by cellular.
REDMOND = [number for number in NUMBERS if plant(number) == "Redmond43"]
MUNICH = [number for number in NUMBERS if plant(number) == "Munich1"]
CELLULAR = REDMOND[::3][:105] + MUNICH[:3]
WIFI = REDMOND[1::3][:3]


def desired(number):
    """Numbers, whole and real, a text, a truth and an object; no two are everywhere."""
    properties = {"interval": number % 60, "group": {"name": f"group {number % 7}"}}
    if number % 3 == 0:
        properties["load"] = number / 8
    if number % 5 == 0:
        properties["on"] = number % 10 == 0
    return properties


def create_all(registry):
    """Makes all devices, a hundred at a time."""
    for first in NUMBERS[::100]:
        result = registry.bulk_create_or_update_devices(
            [
                ExportImportDevice(
                    id=IDS[number],
                    import_mode="create",
                    status="disabled" if number % 250 == 249 else "enabled",
                    tags={"location": {"region": REGIONS[plant(number)], "plant": plant(number)}},
                    properties=PropertyContainer(desired=desired(number)),
                )
                for number in range(first, first + 100)
            ]
        )
        assert result.is_successful, result.errors


def report(device, kind):
    """Lets a device say how it is connected."""
    device.client.connect()
    device.client.patch_twin_reported_properties({"connectivity": {"type": kind}})
    device.shut_down()


@pytest.fixture(scope="module")
def registry(own_hub):
    """A registry manager of a hub with these devices only."""
    manager = own_hub.manager()
    # A hundred devices connect one after the other, which takes a loaded machine its time.
    with within_the_deadline(600), contextlib.ExitStack() as clean_up:
        create_all(manager)
        devices = Devices(own_hub.hub, "queries", clean_up)
        for number in [*CELLULAR, *WIFI]:
            key = manager.get_device(IDS[number]).authentication.symmetric_key.primary_key
            report(devices.client(IDS[number], key), "wifi" if number in WIFI else "cellular")
    return manager


@pytest.fixture
def query(registry):
    """Reads all pages of a query."""

    def read(text, size=None):
        pages, token = [], None
        while True:
            page = registry.query_iot_hub(QuerySpecification(query=text), token, size)
            pages.append(page)
            token = page.continuation_token
            if not token:
                return pages

    return read


def sizes(pages):
    return [len(page.items) for page in pages]


def types(pages):
    return {page.type for page in pages}


def names(pages):
    """The device ids of all rows; no row may be there twice."""
    found = [row.device_id for page in pages for row in page.items]
    assert len(found) == len(set(found))
    return set(found)


def rows(pages):
    """Rows that are no twins: the SDK keeps what it does not know aside."""
    assert types(pages) == {"Raw"}
    return [row.additional_properties for page in pages for row in page.items]


def ids(numbers):
    return {IDS[number] for number in numbers}


def test_the_devices_of_a_plant(query):
    pages = query("SELECT * FROM devices WHERE tags.location.plant = 'Redmond43'", 100)
    assert sizes(pages) == [100, 100, 100, 50]
    assert types(pages) == {"Twin"}
    assert names(pages) == ids(REDMOND)
    for page in pages:
        assert all(twin.tags["location"] == {"region": "US", "plant": "Redmond43"} for twin in page.items)


def test_the_devices_of_a_plant_that_use_cellular(query):
    pages = query(
        "SELECT * FROM devices WHERE tags.location.plant = 'Redmond43'"
        " AND properties.reported.connectivity.type = 'cellular'",
        100,
    )
    assert sizes(pages) == [100, 5]
    assert types(pages) == {"Twin"}
    assert names(pages) == ids(CELLULAR[:105])
    assert all(
        twin.properties.reported["connectivity"] == {"type": "cellular"} for page in pages for twin in page.items
    )


def test_a_row_is_the_twin_that_a_get_gives(registry, query):
    for number in (0, CELLULAR[0]):
        (page,) = query(f"SELECT * FROM devices WHERE deviceId = '{IDS[number]}'")
        assert [twin.as_dict() for twin in page.items] == [registry.get_twin(IDS[number]).as_dict()]


def test_all_devices_page_by_page(query):
    pages = query("SELECT * FROM devices")
    assert sizes(pages) == 10 * [100]
    assert names(pages) == ids(NUMBERS)
    assert sizes(query("SELECT * FROM devices", 1000)) == 10 * [100]


def test_the_last_page_is_not_empty(query):
    assert sizes(query("SELECT * FROM devices WHERE tags.location.plant = 'Munich1'", 80)) == 5 * [80]
    assert sizes(query("SELECT * FROM devices WHERE tags.location.plant = 'Atlantis'", 80)) == [0]


def test_top_ends_a_query(query):
    pages = query("SELECT TOP 25 * FROM devices WHERE tags.location.plant = 'Munich1'", 10)
    assert sizes(pages) == [10, 10, 5]
    assert names(pages) <= ids(MUNICH)


CONDITIONS = {
    "deviceId IN ['dev-0001', 'dev-0999', 'nobody']": lambda n: n in (1, 999),
    "deviceId NIN ['dev-0001']": lambda n: n != 1,
    "status = 'disabled'": lambda n: n % 250 == 249,
    "tags.location.region != 'US'": lambda n: plant(n) != "Redmond43",
    "NOT (tags.location.region = 'US' OR tags.location.region = 'EU')": lambda n: plant(n) == "Pune2",
    "properties.desired.interval >= 10 AND properties.desired.interval < 0x14": lambda n: 10 <= n % 60 < 20,
    "properties.desired.interval % 2 = 1": lambda n: n % 2 == 1,
    "properties.desired.load > 100.5": lambda n: n % 3 == 0 and n / 8 > 100.5,
    "properties.desired.on = true": lambda n: n % 10 == 0,
    "properties.desired.on != true": lambda n: n % 10 == 5,
    "properties.desired.on = 'true'": lambda n: False,
    "IS_DEFINED(properties.desired.on)": lambda n: n % 5 == 0,
    "NOT is_defined(properties.desired.on)": lambda n: n % 5 != 0,
    "STARTSWITH(deviceId, 'dev-09')": lambda n: n >= 900,
    "ENDSWITH(deviceId, '7') AND tags.location.plant = \"Pune2\"": lambda n: n % 10 == 7 and plant(n) == "Pune2",
    "properties.desired.[[group]].name = 'group 3'": lambda n: n % 7 == 3,
    "devices.tags.location.plant = 'Munich1'": lambda n: plant(n) == "Munich1",
    "properties.reported.connectivity.type = 'wifi'": lambda n: n in WIFI,
    "properties.reported.$version > 1": lambda n: n in [*CELLULAR, *WIFI],
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_gives_the_right_devices(query, condition):
    pages = query(f"SELECT deviceId FROM devices WHERE {condition}")
    assert types(pages) == {"Raw"}
    assert names(pages) == ids(filter(CONDITIONS[condition], NUMBERS))


def test_projections_come_as_they_are_named(query):
    (page,) = query(
        "SELECT DeviceId, tags.location.plant AS plant, properties.desired.interval, properties.desired.load AS load"
        " FROM devices WHERE deviceId IN ['dev-0003', 'dev-0004']"
    )
    assert page.type == "Raw"
    assert {row.device_id: row.additional_properties for row in page.items} == {
        "dev-0003": {"plant": "Redmond43", "interval": 3, "load": 0.375},
        "dev-0004": {"plant": "Redmond43", "interval": 4},
    }


def test_aggregates_count_what_is_there(query):
    text = "SELECT COUNT() AS n FROM devices"
    assert rows(query(text)) == [{"n": 1000}]
    assert rows(query(f"{text} WHERE tags.location.plant = 'Redmond43'")) == [{"n": 350}]
    assert rows(query(f"{text} WHERE tags.location.plant = 'Atlantis'")) == [{"n": 0}]
    loads = [number / 8 for number in NUMBERS if number % 3 == 0]
    (row,) = rows(
        query(
            "SELECT AVG(properties.desired.load) AS average, SUM(properties.desired.load) AS total,"
            " MIN(properties.desired.load) AS least, MAX(properties.desired.load) AS most FROM devices"
        )
    )
    assert (row["total"], row["least"], row["most"]) == (sum(loads), min(loads), max(loads))
    assert row["average"] == pytest.approx(statistics.mean(loads))


def test_groups_have_pages_too(query):
    by_plant = query("SELECT tags.location.plant AS plant, COUNT() AS n FROM devices GROUP BY tags.location.plant", 2)
    assert sizes(by_plant) == [2, 1]
    assert {row["plant"]: row["n"] for row in rows(by_plant)} == {"Redmond43": 350, "Munich1": 400, "Pune2": 250}
    by_connectivity = query(
        "SELECT properties.reported.connectivity.type AS kind, COUNT() AS n FROM devices"
        " WHERE tags.location.plant = 'Redmond43' AND is_defined(properties.reported.connectivity)"
        " GROUP BY properties.reported.connectivity.type"
    )
    assert {row["kind"]: row["n"] for row in rows(by_connectivity)} == {"cellular": 105, "wifi": 3}


def test_what_was_written_is_found_at_once(registry, query):
    text = "SELECT * FROM devices WHERE tags.painted = 'red'"
    assert names(query(text)) == set()
    registry.update_twin(IDS[7], Twin(tags={"painted": "red"}))
    assert names(query(text)) == {IDS[7]}
    registry.update_twin(IDS[7], Twin(tags={"painted": None}))
    assert names(query(text)) == set()


def test_devices_that_come_and_go_do_not_disturb_the_pages(registry):
    specification = QuerySpecification(query="SELECT * FROM devices WHERE tags.batch = 'moving'")
    batch = [f"moving-{number}" for number in range(10)]
    items = [ExportImportDevice(id=name, import_mode="create", tags={"batch": "moving"}) for name in batch]
    assert registry.bulk_create_or_update_devices(items).is_successful
    try:
        first = registry.query_iot_hub(specification, None, 4)
        seen = [twin.device_id for twin in first.items]
        registry.delete_device(seen[1])
        gone = next(name for name in batch if name not in seen)
        registry.delete_device(gone)
        rest = registry.query_iot_hub(specification, first.continuation_token, 100)
        assert rest.continuation_token is None
        assert {twin.device_id for twin in rest.items} == set(batch) - set(seen) - {gone}
    finally:
        registry.bulk_create_or_update_devices([ExportImportDevice(id=name, import_mode="delete") for name in batch])


BAD_QUERIES = [
    pytest.param("SELEC * FROM devices", 1, 1, id="a misspelt keyword"),
    pytest.param("SELECT * FROM device", 1, 15, id="an unknown collection"),
    pytest.param("SELECT * FROM devices WHERE", 1, 28, id="a condition that is missing"),
    pytest.param("SELECT *\nFROM devices\nWHERE tags.a == 1", 3, 14, id="another language's equality"),
    pytest.param("SELECT * FROM devices WHERE deviceId IN ('a')", 1, 41, id="round brackets"),
    pytest.param("SELECT * FROM devices WHERE CONTAINS(deviceId, 'a')", 1, 29, id="a function that no hub has"),
    pytest.param("SELECT * FROM devices WHERE tags.a = 'open", 1, 38, id="a text without end"),
    pytest.param("SELECT * FROM devices ORDER BY deviceId", 1, 23, id="an order"),
    pytest.param("SELECT * FROM devices WHERE tags.a LIKE 'b'", 1, 36, id="another language's operator"),
]


@pytest.mark.parametrize("text, line, column", BAD_QUERIES)
def test_a_wrong_query_is_told_where_and_what_was_expected(registry, text, line, column):
    with refused(400, "ArgumentInvalid") as refusal:
        registry.query_iot_hub(QuerySpecification(query=text))
    assert f"line {line}, column {column}: found " in refusal.message
    assert "; expected " in refusal.message


def test_a_query_that_is_missing_or_too_long(registry):
    with refused(400, "ArgumentNull"):
        registry.query_iot_hub(QuerySpecification())
    with refused(400, "ArgumentInvalid"):
        registry.query_iot_hub(QuerySpecification(query=""))
    with refused(400, "ArgumentInvalid") as refusal:
        registry.query_iot_hub(QuerySpecification(query="SELECT * FROM devices" + " " * 8192))
    assert "8192" in refusal.message


def test_a_token_is_good_for_its_own_query_only(registry):
    specification = QuerySpecification(query="SELECT * FROM devices")
    token = registry.query_iot_hub(specification, None, 10).continuation_token
    # The number of rows may change from page to page, and a page may be read twice.
    second = registry.query_iot_hub(specification, token, 20)
    assert len(second.items) == 20
    again = registry.query_iot_hub(specification, token, 20)
    assert [twin.device_id for twin in again.items] == [twin.device_id for twin in second.items]
    other = QuerySpecification(query="SELECT * FROM devices WHERE tags.location.plant = 'Munich1'")
    for query, wrong in ((other, token), (specification, "bm8gdG9rZW4="), (specification, token[:-2] + "AA")):
        with refused(400, "ArgumentInvalid"):
            registry.query_iot_hub(query, wrong, 10)


@pytest.mark.parametrize("count", [0, -1, "many"])
def test_a_page_has_at_least_one_row(registry, count):
    with refused(400, "ArgumentInvalid"):
        registry.query_iot_hub(QuerySpecification(query="SELECT * FROM devices"), None, count)


def test_the_other_collections_are_empty(query):
    for collection, kind in (("devices.modules", "Twin"), ("devices.jobs", "DeviceJob")):
        (page,) = query(f"SELECT * FROM {collection}")
        assert (page.type, page.items) == (kind, [])


def test_the_statistics_agree(registry):
    counts = registry.get_device_registry_statistics()
    assert (counts.total_device_count, counts.enabled_device_count, counts.disabled_device_count) == (1000, 996, 4)
    assert registry.get_service_statistics().connected_device_count == 0
    assert {device.device_id for device in registry.get_devices()} == ids(NUMBERS)
