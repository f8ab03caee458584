import IoTHub
import LocalHub
import ServiceClient
import TestKit
import Testing

/// The README's example of the back end, word for word, so that it compiles and does what it says.
@Suite(.timeLimit(.minutes(1))) struct ReadmeTests {
    @Test("the README's back end registers a device, changes its twin, and finds it")
    func backEnd() async throws {
        try await TestHub.with { test in
            let text = test.hub.connectionString()
            let caFile = test.hub.certificateAuthorityFile

            var options = ServiceClientOptions()
            options.trustedCAFile = caFile  // a local hub's ca.pem; leave it out for Azure
            let manager = try RegistryManager.create(connectionString: text, options: options)
            try await manager.addDevice(Device(id: "myDeviceId"))

            var twin = try await manager.getTwin("myDeviceId")
            twin.tags["location"] = ["region": "US", "plant": "Redmond43"]
            twin.properties.desired["telemetryConfig.sendFrequency"] = "5m"  // a path; names cannot have dots
            // Sends what was changed, and only if nobody else has written since:
            twin = try await manager.updateTwin("myDeviceId", twinPatch: twin, etag: twin.etag)

            let sql = "SELECT * FROM devices WHERE tags.location.plant = 'Redmond43'"
            let query = manager.createQuery(sql, pageSize: 100)
            for try await twin in query.twins {  // or page by page: query.hasMoreResults, query.nextAsTwin()
                print(twin.deviceID, twin.tags, twin.connectionState?.rawValue ?? "")
            }
            try await manager.close()

            #expect(twin.properties.desired["telemetryConfig"] == ["sendFrequency": "5m"])
            #expect(!query.hasMoreResults)
        }
    }
}
