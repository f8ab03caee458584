import IoTHub
import Testing

@testable import LocalHub

@Suite("Connections of the registry")
struct DeliveryTests {
    let registry = TwinRegistry()
    let connection = RecordingConnection()

    init() throws {
        try registry.createDevice(Device(id: "d"))
        try registry.connect("d", connection: connection, modelID: nil)
    }

    @Test("desired changes reach a subscribed connection, as written and with their version")
    func delivery() throws {
        registry.setDesiredSubscription("d", connection: connection, true)
        try registry.patchTwin("d", with: TwinWrite(desired: ["a": 1, "b": nil]))
        try registry.replaceTwin("d", with: TwinWrite(desired: ["c": 2]))
        #expect(
            connection.changes == [
                DesiredChange(patch: ["a": 1, "b": nil], version: 2), DesiredChange(patch: ["c": 2], version: 3),
            ]
        )
    }

    @Test("a session belongs to the connection that came last, and to no device that is gone")
    func sessions() throws {
        var (old, new) = (MQTTSubscriptionSet(), MQTTSubscriptionSet())
        old[.desiredProperties] = .atMostOnce
        new[.desiredProperties] = .atLeastOnce
        func open(_ connection: RecordingConnection, isPersistent: Bool = true) throws -> MQTTSubscriptionSet? {
            try registry.connect("d", connection: connection, modelID: nil, isPersistent: isPersistent)
        }
        #expect(try open(connection) == nil)
        let newer = RecordingConnection()
        #expect(try open(newer) == MQTTSubscriptionSet())
        registry.keepSession(new, of: "d", connection: newer)
        registry.keepSession(old, of: "d", connection: connection)
        #expect(try open(connection) == new)
        try registry.removeDevice("d")
        try registry.createDevice(Device(id: "d"))
        registry.keepSession(old, of: "d", connection: connection)
        #expect(try open(newer) == nil)
        registry.removeSessionOfUnknown("d")
        #expect(try open(newer, isPersistent: false) == nil)
        #expect(try open(newer) == nil)
    }

    @Test("beside the answer to a GET, changes that it shows come before it, and later ones after it")
    func besideAnswer() {
        let changes = (Int64(3)...6).map { DesiredChange(patch: ["n": .integer($0)], version: $0) }
        let (shown, news) = DesiredChange.parted(changes, at: 5)
        #expect(shown.map(\.version) == [3, 4, 5])
        #expect(news.map(\.version) == [6])
        #expect(DesiredChange.parted([], at: 5).shown.isEmpty)
    }

    @Test("nothing is delivered for tags, for refused writes, or without a subscription")
    func silence() throws {
        try registry.patchTwin("d", with: TwinWrite(desired: ["a": 1]))
        registry.setDesiredSubscription("d", connection: connection, true)
        try registry.patchTwin("d", with: TwinWrite(tags: ["a": 1]))
        #expect(code { try registry.patchTwin("d", with: TwinWrite(desired: ["a.b": 1])) } == .argumentInvalid)
        #expect(code { try registry.patchTwin("d", with: TwinWrite(desired: ["a": 2]), ifMatch: "x") } != nil)
        registry.setDesiredSubscription("d", connection: connection, false)
        try registry.patchTwin("d", with: TwinWrite(desired: ["a": 3]))
        #expect(connection.changes.isEmpty)
    }

    @Test("a second connection takes over: the first is closed and hears nothing any more")
    func takeover() throws {
        registry.setDesiredSubscription("d", connection: connection, true)
        let second = RecordingConnection()
        try registry.connect("d", connection: second, modelID: nil)
        #expect(connection.closeReasons == [.takenOver])
        registry.setDesiredSubscription("d", connection: connection, true)
        registry.setDesiredSubscription("d", connection: second, true)
        try registry.patchTwin("d", with: TwinWrite(desired: ["a": 1]))
        #expect(connection.changes.isEmpty)
        #expect(second.changes.count == 1)
        // The late farewell of the first must not mark the device as gone.
        registry.disconnect("d", connection: connection)
        #expect(try registry.device("d").connectionState == .connected)
        registry.disconnect("d", connection: second)
        #expect(try registry.device("d").connectionState == .disconnected)
    }

    @Test("a disabled device is cut off and not let in")
    func disabled() throws {
        var device = Device(id: "d")
        device.status = .disabled
        try registry.updateDevice(device)
        #expect(connection.closeReasons == [.deviceDisabled])
        #expect(try registry.device("d").connectionState == .disconnected)
        #expect(code { try registry.connect("d", connection: connection, modelID: nil) } == .deviceDisabled)
    }

    @Test("a removed device is cut off")
    func removed() throws {
        try registry.removeDevice("d")
        #expect(connection.closeReasons == [.deviceRemoved])
        registry.disconnect("d", connection: connection)
        registry.setDesiredSubscription("d", connection: connection, true)
    }

    @Test("concurrent writers keep the versions dense, and the device hears them in order")
    func concurrency() async throws {
        registry.setDesiredSubscription("d", connection: connection, true)
        let registry = registry
        try await withThrowingTaskGroup { group in
            for writer in 0..<8 {
                group.addTask {
                    for change in 0..<250 {
                        try registry.patchTwin("d", with: TwinWrite(desired: ["w\(writer)": .integer(Int64(change))]))
                        _ = try registry.patchReported("d", ["w\(writer)": .integer(Int64(change))], ifVersion: nil)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(connection.changes.map(\.version) == Array(2...2001))
        let twin = try registry.twin(of: "d").twin
        #expect(twin.desired.version == 2001)
        #expect(twin.reported.version == 2001)
        #expect(twin.version == 2 + 4000)
    }
}
