import IoTHub
import ServiceClient
import TestKit
import Testing

@testable import LocalHub

/// Queries, against a real hub over TLS.
@Suite(.timeLimit(.minutes(2))) struct QueryTests {
    private static let inRedmond43 = "SELECT * FROM devices WHERE tags.location.plant = 'Redmond43'"
    private static let usingCellular =
        inRedmond43 + " AND properties.reported.connectivity.type = 'cellular'"

    /// Runs a body with 1,000 devices: every second one in Redmond43, every third one on cellular.
    private func withFleet(_ body: (RegistryManager) async throws -> Void) async throws {
        try await RealHub.with { manager, hub in
            for start in stride(from: 0, to: 1000, by: 100) {
                let result = try await manager.bulk(
                    (start..<start + 100).map { index in
                        var item = BulkItem(deviceID: Self.id(index), mode: .create)
                        item.tags = ["location": ["plant": .string(index % 2 == 0 ? "Redmond43" : "Munich1")]]
                        return item
                    }
                )
                #expect(result.isSuccessful)
            }
            for index in 0..<1000 {
                let type = index % 3 == 0 ? "cellular" : "wifi"
                let reported: JSONObject = ["connectivity": ["type": .string(type)]]
                _ = try hub.registry.patchReported(Self.id(index), reported, ifVersion: nil)
            }
            try await body(manager)
        }
    }

    private static func id(_ index: Int) -> String {
        let digits = String(index)
        return "press-" + String(repeating: "0", count: 4 - digits.count) + digits
    }

    @Test("both of the article's queries, 100 to a page, find the right devices of 1,000 on the right pages")
    func article() async throws {
        try await withFleet { manager in
            for (sql, step) in [(Self.inRedmond43, 2), (Self.usingCellular, 6)] {
                let query = manager.createQuery(sql, pageSize: 100)
                var pages: [[String]] = []
                while query.hasMoreResults { pages.append(try await query.nextAsTwin().map(\.deviceID)) }
                let expected = stride(from: 0, to: 1000, by: step).map(Self.id)
                #expect(pages.flatMap(\.self).sorted() == expected)
                #expect(pages.dropLast().allSatisfy { $0.count == 100 })
                #expect(pages.count == (expected.count + 99) / 100)
            }
        }
    }

    @Test("a token goes on in another query of the same text; one of another text, or none of the hub's, is refused")
    func tokens() async throws {
        try await withFleet { manager in
            let first = try await manager.createQuery(Self.inRedmond43, pageSize: 100).nextAsTwin()
            let token = try #require(first.continuationToken)
            let rest = manager.createQuery(Self.inRedmond43, pageSize: 100)
            var ids = first.map(\.deviceID)
            ids += try await rest.nextAsTwin(continuationToken: token).map(\.deviceID)
            for try await twin in rest.twins { ids.append(twin.deviceID) }
            #expect(ids.sorted() == stride(from: 0, to: 1000, by: 2).map(Self.id))
            for (sql, token) in [(Self.usingCellular, token), (Self.inRedmond43, "nonsense")] {
                let query = manager.createQuery(sql, pageSize: 100)
                let error = await #expect(throws: ServiceClientError.self) {
                    try await query.nextAsTwin(continuationToken: token)
                }
                #expect(error?.status == 400)
            }
        }
    }

    @Test("a projection comes as JSON, and is refused as twins")
    func projection() async throws {
        try await RealHub.with { manager, _ in
            try await manager.addDevices2(["a", "b"].map { Device(id: $0) })
            let query = manager.createQuery("SELECT COUNT() AS n FROM devices")
            let error = await #expect(throws: ServiceClientError.self) { try await query.nextAsTwin() }
            #expect(error?.message.contains("not twins") == true)
            #expect(try await query.nextAsJSON().rows == [["n": 2]])
        }
    }

    @Test("a query that is none is refused with its place")
    func badQuery() async throws {
        try await RealHub.with { manager, _ in
            let error = await #expect(throws: ServiceClientError.self) {
                try await manager.createQuery("SELECT * FROM devices WHERE").nextAsTwin()
            }
            #expect(error?.status == 400)
            #expect(error?.code == .argumentInvalid)
            #expect(error?.message.contains("line 1, column 28") == true, "\(error?.message ?? "")")
        }
    }

    @Test("statistics count what is registered")
    func statistics() async throws {
        try await RealHub.with { manager, _ in
            var disabled = Device(id: "c")
            disabled.status = .disabled
            try await manager.addDevices2([Device(id: "a"), Device(id: "b"), disabled])
            #expect(
                try await manager.getRegistryStatistics()
                    == RegistryStatistics(totalDeviceCount: 3, enabledDeviceCount: 2, disabledDeviceCount: 1)
            )
            #expect(try await manager.getServiceStatistics() == ServiceStatistics(connectedDeviceCount: 0))
        }
    }
}
