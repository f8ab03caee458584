import IoTHub
import TestKit
import Testing

@testable import ServiceClient

/// What exactly a write of an identity sends.
@Suite(.timeLimit(.minutes(1))) struct DeviceWriteTests {
    private static let success = #"{"isSuccessful":true,"errors":[],"warnings":[]}"#
    private static let device = #"{"deviceId":"d","etag":"MQ==","authentication":{"type":"none"}}"#

    @Test("an update carries the identity's quoted ETag, a forced one a quoted star, an addition none")
    func ifMatch() async throws {
        let answer = ScriptedHTTPServer.Answer.response(status: 200, body: Self.device)
        try await ScriptedHub.with([answer, answer, answer]) { manager, server in
            let device = try await manager.addDevice(Device(id: "d"))
            try await manager.updateDevice(device)
            try await manager.updateDevice(device, forceUpdate: true)
            #expect(server.requests.map(\.method) == ["PUT", "PUT", "PUT"])
            #expect(server.requests.map { $0.header("if-match") } == [nil, #""MQ==""#, #""*""#])
        }
    }

    @Test("a listing asks for as many as are wanted")
    func listing() async throws {
        let answer = ScriptedHTTPServer.Answer.response(status: 200, body: "[\(Self.device)]")
        try await ScriptedHub.with([answer, answer, .response(status: 200, body: "{}")]) { manager, server in
            let seven = try await manager.getDevices(maxCount: 7)
            #expect(seven.map(\.id) == ["d"])
            let all = try await manager.getDevices()
            #expect(all == seven)
            let error = await #expect(throws: ServiceClientError.self) { try await manager.getDevices() }
            #expect(error?.reason == .unreadableAnswer)
            #expect(
                server.requests.map(\.uri) == [
                    "/devices?api-version=2021-04-12&top=7", "/devices?api-version=2021-04-12&top=1000",
                    "/devices?api-version=2021-04-12&top=1000",
                ]
            )
        }
    }

    @Test("bulk items carry mode, ETag, authentication, capabilities and scopes")
    func bulk() async throws {
        let answer = ScriptedHTTPServer.Answer.response(status: 200, body: Self.success)
        try await ScriptedHub.with(Array(repeating: answer, count: 5)) { manager, server in
            var device = Device(
                id: "d",
                authentication: .certificateAuthority,
                capabilities: DeviceCapabilities(iotEdge: true),
                deviceScope: "s",
                parentScopes: ["p", "q"]
            )
            device.etag = ETag(rawValue: "MQ==")
            try await manager.addDevices2([device])
            try await manager.updateDevices2([device])
            try await manager.updateDevices2([device], forceUpdate: true)
            try await manager.removeDevices2([device])
            try await manager.removeDevices2([device], forceRemove: true)
            let items = try server.requests.map { try JSON(parsing: $0.body).arrayValue?.first ?? .null }
            let modes: [JSON?] = ["create", "updateIfMatchETag", "update", "deleteIfMatchETag", "delete"]
            #expect(items.map { $0["importMode"] } == modes)
            #expect(items.map { $0["eTag"] } == [nil, "MQ==", nil, "MQ==", nil])
            for item in items[...2] {
                #expect(item["authentication"]?["type"] == "certificateAuthority")
                #expect(item["capabilities"] == ["iotEdge": true])
                #expect(item["deviceScope"] == "s")
                #expect(item["parentScopes"] == ["p", "q"])
                #expect(item["status"] == "enabled")
            }
            #expect(items[3]["authentication"] == nil)
        }
    }

    @Test("a device is registered together with its twin")
    func withTwin() async throws {
        try await ScriptedHub.with([.response(status: 200, body: Self.success)]) { manager, server in
            let twin = Twin(tags: ["plant": "43"], desired: ["speed": 5])
            let result = try await manager.addDeviceWithTwin(Device(id: "d"), twin: twin)
            #expect(result.isSuccessful)
            let item = try JSON(parsing: server.requests.first?.body ?? "")[0]
            #expect(item["importMode"] == "create")
            #expect(item["tags"] == ["plant": "43"])
            #expect(item["properties"] == ["desired": ["speed": 5]])
        }
    }

    @Test("statistics are read; an answer without a count is an error")
    func statistics() async throws {
        let devices = #"{"totalDeviceCount":3,"enabledDeviceCount":2,"disabledDeviceCount":1}"#
        let answers: [ScriptedHTTPServer.Answer] = [
            .response(status: 200, body: devices), .response(status: 200, body: #"{"connectedDeviceCount":1}"#),
            .response(status: 200, body: "{}"),
        ]
        try await ScriptedHub.with(answers) { manager, server in
            let registry = try await manager.getRegistryStatistics()
            #expect(
                registry == RegistryStatistics(totalDeviceCount: 3, enabledDeviceCount: 2, disabledDeviceCount: 1)
            )
            let service = try await manager.getServiceStatistics()
            #expect(service == ServiceStatistics(connectedDeviceCount: 1))
            let error = await #expect(throws: ServiceClientError.self) { try await manager.getServiceStatistics() }
            #expect(error?.reason == .unreadableAnswer)
            let paths = server.requests.map { $0.uri.prefix { $0 != "?" } }
            #expect(paths == ["/statistics/devices", "/statistics/service", "/statistics/service"])
        }
    }
}

extension JSON {
    fileprivate subscript(index: Int) -> JSON { arrayValue.map { index < $0.count ? $0[index] : .null } ?? .null }
}
