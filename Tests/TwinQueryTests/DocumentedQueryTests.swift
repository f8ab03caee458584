import IoTHub
import Testing
import TwinQuery

/// The queries of the article and of the reference pages, on their own sample twin.
@Suite struct DocumentedQueryTests {
    private static let kept = [
        "SELECT * FROM devices",
        "SELECT * FROM devices WHERE tags.location.plant = 'Redmond43'",
        "SELECT * FROM devices WHERE tags.location.plant = 'Redmond43' AND properties.reported.connectivity.type = "
            + "'cellular'",
        "SELECT * FROM devices\n  WHERE tags.location.region = 'US'",
        """
        SELECT * FROM devices
          WHERE tags.location.region = 'US'
            AND properties.reported.telemetryConfig.sendFrequencyInSecs >= 60
        """,
        "SELECT * FROM devices WHERE properties.reported.connectivity.type IN ['wired', 'cellular']",
        "SELECT * FROM devices WHERE is_defined(properties.reported.connectivity)",
        "SELECT * FROM devices WHERE STARTSWITH(deviceId, 'my')",
        "SELECT * FROM devices WHERE devices.deviceId = 'myDeviceId'",
        "SELECT * FROM devices WHERE tags.[[group]].name = 'red'",
        "SELECT * FROM devices WHERE capabilities.iotEdge = false",
        "SELECT * FROM devices WHERE configurations.[[conf.1]].status = 'Applied'",
        "SELECT * FROM devices WHERE properties.reported.$version > properties.desired.$version",
        "SELECT * FROM devices.modules WHERE deviceId IN ['device1', 'myDeviceId']",
        "SELECT * FROM devices.modules WHERE devices.modules.deviceId = 'myDeviceId'",
    ]

    @Test(arguments: kept) func keepsTheSample(_ query: String) throws {
        let statement = try QueryStatement(parsing: query)
        #expect(statement.selection == .all)
        #expect(statement.limit == nil)
        #expect(statement.matches(try SampleTwin.row()))
    }

    private static let dropped = [
        "SELECT * FROM devices WHERE tags.location.plant = 'Munich1'",
        "SELECT * FROM devices WHERE properties.reported.connectivity IN ['wired', 'cellular']",
        "SELECT * FROM devices WHERE deviceId NIN ['device1', 'myDeviceId']",
        "SELECT * FROM devices WHERE is_defined(properties.reported.nothing)",
        "SELECT * FROM devices.modules WHERE properties.reported.status = 'scanning'",
    ]

    @Test(arguments: dropped) func dropsTheSample(_ query: String) throws {
        #expect(try !QueryStatement(parsing: query).matches(try SampleTwin.row()))
    }

    @Test func fieldsOfJobsAreReadWithAndWithoutTheirPrefix() throws {
        let statement = try QueryStatement(
            parsing: """
                SELECT * FROM devices.jobs
                  WHERE devices.jobs.deviceId = 'myDeviceId'
                    AND devices.jobs.jobType = 'scheduleUpdateTwin'
                    AND STATUS = 'completed'
                    AND devices.jobs.createdTimeUtc > '2016-09-01'
                """
        )
        #expect(statement.source == .jobs)
        var job: JSONObject = [
            "deviceId": "myDeviceId", "jobType": "scheduleUpdateTwin", "status": "completed",
            "createdDateTimeUtc": "2016-09-29T18:18:56.7787107Z",
        ]
        #expect(statement.matches(JSON.object(job)))
        job["createdDateTimeUtc"] = "2016-08-31T23:59:59Z"
        #expect(!statement.matches(JSON.object(job)))
    }

    @Test func projectionsComeOutInTheHubsSpelling() throws {
        let statement = try QueryStatement(
            parsing: "SELECT DeviceId, LastActivityTime FROM devices WHERE status = 'enabled' AND connectionState = "
                + "'Disconnected'"
        )
        #expect(statement.selection == .projection)
        let row = try SampleTwin.row()
        #expect(statement.matches(row))
        let expected: JSON = ["deviceId": "myDeviceId", "lastActivityTime": "2021-05-07T00:50:38.0543092Z"]
        #expect(statement.project(row) == expected)
    }

    @Test func devicesAreCounted() throws {
        let statement = try QueryStatement(parsing: "SELECT COUNT() as totalNumberOfDevices FROM devices")
        #expect(statement.selection == .groups)
        var grouping = statement.makeGrouping()
        for _ in 0..<12 { grouping.add(try SampleTwin.row()) }
        #expect(grouping.rows == [["totalNumberOfDevices": 12]])
    }

    @Test func devicesAreCountedByStatus() throws {
        let statement = try QueryStatement(
            parsing: """
                SELECT properties.reported.telemetryConfig.status AS status,
                    COUNT() AS numberOfDevices
                  FROM devices
                  GROUP BY properties.reported.telemetryConfig.status
                """
        )
        var grouping = statement.makeGrouping()
        for status in ["Success", "Pending", "Success", "Error", "Pending", "Success"] as [JSON] {
            let row: JSON = ["properties": ["reported": ["telemetryConfig": ["status": status]]]]
            grouping.add(row)
        }
        let expected: [JSON] = [
            ["numberOfDevices": 3, "status": "Success"],
            ["numberOfDevices": 2, "status": "Pending"],
            ["numberOfDevices": 1, "status": "Error"],
        ]
        #expect(grouping.rows == expected)
    }
}
