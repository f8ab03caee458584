"""Jobs that change many twins."""

from datetime import datetime, timedelta, timezone

import pytest
from azure.iot.hub import IoTHubJobManager
from azure.iot.hub.models import (
    CloudToDeviceMethod,
    JobRequest,
    QuerySpecification,
    Twin,
    TwinProperties,
)

from .refusal import refused


@pytest.fixture
def jobs(back):
    """A job manager with the rights of the owner."""
    manager = IoTHubJobManager.from_connection_string(back.hub.connection_string)
    yield manager
    manager.protocol.close()


@pytest.fixture
def job_id(devices):
    return devices.new_id()


def update(condition, **members):
    """A job that sets desired properties and tags."""
    settings = {
        "type": "scheduleUpdateTwin",
        "update_twin": Twin(etag="*", tags={"job": 1}, properties=TwinProperties(desired={"speed": {"type": "5G"}})),
        "query_condition": condition,
        "start_time": datetime.now(timezone.utc),
        "max_execution_time_in_seconds": 60,
        **members,
    }
    return JobRequest(**settings)


def test_a_job_changes_the_twins_that_meet_its_condition(registry, jobs, job_id, devices, eventually):
    device = devices.connected()
    device.subscribe()
    offline = registry.create_device_with_sas(devices.new_id(), None, None, "enabled").device_id
    other = registry.create_device_with_sas(devices.new_id(), None, None, "enabled").device_id
    for name in (device.id, offline):
        registry.update_twin(name, Twin(tags={"batch": job_id}))
    condition = f"tags.batch = '{job_id}'"

    started = jobs.create_scheduled_job(job_id, update(condition, job_id=job_id))
    assert (started.job_id, started.type) == (job_id, "scheduleUpdateTwin")
    assert started.status in ("queued", "scheduled", "running", "completed")
    eventually(lambda: jobs.get_scheduled_job(job_id).status, "completed")

    done = jobs.get_scheduled_job(job_id)
    assert (done.query_condition, done.max_execution_time_in_seconds) == (condition, 60)
    assert done.created_time <= done.end_time
    assert done.failure_reason is None
    assert done.device_job_statistics.as_dict() == {
        "device_count": 2,
        "succeeded_count": 2,
        "failed_count": 0,
        "running_count": 0,
        "pending_count": 0,
    }
    assert device.next_patch() == {"speed": {"type": "5G"}, "$version": 2}
    for name in (device.id, offline):
        twin = registry.get_twin(name)
        assert twin.tags == {"batch": job_id, "job": 1}
        assert twin.properties.desired["speed"] == {"type": "5G"}
    assert not registry.get_twin(other).tags

    page = registry.query_iot_hub(QuerySpecification(query=f"SELECT * FROM devices.jobs WHERE jobId = '{job_id}'"))
    assert page.type == "DeviceJob"
    assert {row.device_id: row.status for row in page.items} == {device.id: "completed", offline: "completed"}


def test_a_job_that_breaks_a_twins_rule_fails_there_only(registry, jobs, job_id, devices, eventually):
    full, empty = (registry.create_device_with_sas(devices.new_id(), None, None, "enabled").device_id for _ in "ab")
    big = {f"part{number}": "x" * 4000 for number in range(8)}
    registry.update_twin(full, Twin(properties=TwinProperties(desired=big)))
    jobs.create_scheduled_job(
        job_id,
        update(
            f"deviceId IN ['{full}', '{empty}']",
            update_twin=Twin(etag="*", properties=TwinProperties(desired={"more": "x" * 4000})),
        ),
    )
    eventually(lambda: jobs.get_scheduled_job(job_id).status in ("completed", "failed"), True)
    counts = jobs.get_scheduled_job(job_id).device_job_statistics
    assert (counts.device_count, counts.succeeded_count, counts.failed_count) == (2, 1, 1)
    assert "more" in registry.get_twin(empty).properties.desired
    assert "more" not in registry.get_twin(full).properties.desired


def test_a_job_of_the_future_can_be_cancelled(registry, jobs, job_id, devices):
    device_id = registry.create_device_with_sas(devices.new_id(), None, None, "enabled").device_id
    tomorrow = datetime.now(timezone.utc) + timedelta(days=1)
    jobs.create_scheduled_job(job_id, update(f"deviceId = '{device_id}'", start_time=tomorrow))
    job = jobs.get_scheduled_job(job_id)
    assert job.status in ("scheduled", "queued")
    assert abs(job.start_time - tomorrow) < timedelta(milliseconds=1)
    jobs.cancel_scheduled_job(job_id)
    assert jobs.get_scheduled_job(job_id).status == "cancelled"
    assert not registry.get_twin(device_id).tags


def test_a_job_is_there_once(jobs, job_id):
    jobs.create_scheduled_job(job_id, update("deviceId = 'nobody'"))
    with refused(409, "JobAlreadyExists"):
        jobs.create_scheduled_job(job_id, update("deviceId = 'nobody'"))


def test_a_job_that_is_not_there(jobs, job_id):
    with refused(404, "JobNotFound"):
        jobs.get_scheduled_job(job_id)
    with refused(404, "JobNotFound"):
        jobs.cancel_scheduled_job(job_id)


@pytest.mark.parametrize(
    "request_, word",
    [
        pytest.param(update("SELECT * FROM devices"), "Line 1:1", id="a whole query"),
        pytest.param(update("tags.a = "), "Line 1:", id="a condition without end"),
        pytest.param(update("*", update_twin=Twin(etag="AAAA", tags={"a": 1})), "only accepts '*'", id="an etag"),
        pytest.param(update("*", update_twin=Twin(tags={"a": 1})), "only accepts '*'", id="no etag"),
        pytest.param(update("*", update_twin=Twin(etag="*", tags={"a": [None]})), "null", id="a bad patch"),
        pytest.param(update("*", type="defragment"), "defragment", id="an unknown type"),
    ],
)
def test_a_wrong_job_is_refused(jobs, job_id, request_, word):
    with refused(400, "ArgumentInvalid") as refusal:
        jobs.create_scheduled_job(job_id, request_)
    assert word in refusal.message
    with refused(404, "JobNotFound"):
        jobs.get_scheduled_job(job_id)


def test_methods_are_not_to_be_had(jobs, job_id):
    method = CloudToDeviceMethod(method_name="reboot")
    request = JobRequest(type="scheduleDeviceMethod", cloud_to_device_method=method, query_condition="*")
    with refused(404, "FeatureNotSupported"):
        jobs.create_scheduled_job(job_id, request)


def test_jobs_need_service_connect(back, job_id):
    for policy, code in (("registryReadWrite", "IotHubUnauthorizedAccess"), ("device", "IotHubUnauthorizedAccess")):
        manager = IoTHubJobManager.from_connection_string(back.hub.connection_strings[policy])
        with refused(401, code):
            manager.create_scheduled_job(job_id, update("*"))
        manager.protocol.close()
