import IoTHub
import Testing
import TwinQuery

@testable import LocalHub

@Suite("The service API: queries")
struct QueryTests {
    let bench = ServiceBench()

    @Test("SELECT * gives whole twins, as GET does")
    func twins() throws {
        try bench.addFleet(3)
        let reply = try bench.query("SELECT * FROM devices WHERE deviceId = 'd0001'")
        #expect(reply.itemType == "Twin")
        #expect(reply.json == [try bench.send("GET", "/twins/d0001").json])
    }

    @Test("projections and aggregates are raw rows")
    func raw() throws {
        try bench.addFleet(6)
        let projection = try bench.query("SELECT deviceId, tags.location.plant AS plant FROM devices WHERE tags.n < 2")
        #expect(projection.itemType == "Raw")
        #expect(
            projection.json == [
                ["deviceId": "d0000", "plant": "Redmond43"], ["deviceId": "d0001", "plant": "Munich7"],
            ]
        )
        let groups = try bench.query(
            "SELECT properties.reported.connectivity.type AS type, COUNT() AS n FROM devices GROUP BY "
                + "properties.reported.connectivity.type"
        )
        #expect(groups.itemType == "Raw")
        #expect(groups.json == [["type": "cellular", "n": 2], ["type": "wifi", "n": 4]])
        let sums = try bench.query("SELECT SUM(tags.n) AS s, MAX(tags.n) AS m FROM devices WHERE status = 'enabled'")
        #expect(sums.json == [["s": 15, "m": 5]])
    }

    @Test("every field of the service view can be asked for, and has the value that it has there")
    func fields() throws {
        var edge = Device(id: "edge")
        edge.capabilities.iotEdge = true
        let scope = try #require(try bench.registry.createDevice(edge).deviceScope)
        var device = Device(
            id: "d",
            authentication: AuthenticationMechanism(
                type: .selfSigned,
                symmetricKey: nil,
                x509Thumbprint: X509Thumbprint(primaryThumbprint: String(repeating: "A", count: 40))
            )
        )
        device.status = .disabled
        device.statusReason = "broken"
        device.deviceScope = scope
        try bench.registry.createDevice(device)
        try bench.registry.patchTwin("d", with: TwinWrite(tags: ["t": [1]], desired: ["x": ["y": 1]]))
        _ = try bench.registry.patchReported("d", ["z": true], ifVersion: nil)
        let row = TwinRow(try bench.registry.twin(of: "d"))
        var paths = 0
        func check(_ value: JSON, _ names: [String]) {
            if !names.isEmpty {
                #expect(row.value(at: QueryPath(names: names)) == value, "\(names)")
                paths += 1
            }
            for (name, member) in value.objectValue ?? [:] { check(member, names + [name]) }
        }
        check(try bench.send("GET", "/twins/d").json, [])
        #expect(paths > 35)
        for missing in ["nowhere", "tags no", "properties no", "deviceId x", "tags t 0", ""] {
            let path = QueryPath(names: missing.split(separator: " ").map(String.init))
            #expect(row.value(at: path) == nil)
        }
    }

    @Test("$version and $metadata can be asked for")
    func system() throws {
        try bench.registry.createDevice(Device(id: "d"))
        try bench.registry.patchTwin("d", with: TwinWrite(desired: ["a": 1]))
        let versions = "SELECT deviceId FROM devices WHERE properties.desired.$version = 2"
        #expect(try bench.query(versions).json == [["deviceId": "d"]])
        let times =
            "SELECT deviceId FROM devices WHERE properties.desired.$metadata.a.$lastUpdated > '2023-11-14T00:00:00Z'"
        #expect(try bench.query(times).json == [["deviceId": "d"]])
    }

    @Test("a hub has no modules")
    func modules() throws {
        try bench.addFleet(1)
        let all = try bench.query("SELECT * FROM devices.modules")
        #expect(all.json == [])
        #expect(all.itemType == "Twin")
        #expect(try bench.query("SELECT COUNT() AS n FROM devices.modules").json == [["n": 0]])
    }

    @Test("a wrong query is refused with line, column and what was expected")
    func wrong() throws {
        let reply = try bench.query("SELECT * FROM devices\nWHERE tags.a == 1")
        #expect(reply.status == 400)
        #expect(reply.code == .argumentInvalid)
        #expect(reply.message.hasPrefix("ErrorCode:ArgumentInvalid;BadRequest; line 2, column"))
        #expect(reply.message.contains("expected"))
    }

    @Test(
        "a request without a query is refused",
        arguments: [
            ("{}", IoTHubErrorCode.argumentNull), (#"{"query":null}"#, .argumentNull),
            (#"{"query":7}"#, .argumentInvalid), ("[]", .argumentInvalid), ("", .argumentInvalid),
            (#"{"query":""}"#, .argumentInvalid),
        ]
    )
    func noQuery(_ body: String, _ code: IoTHubErrorCode) throws {
        let reply = try bench.send("POST", "/devices/query", body)
        #expect(reply.status == 400)
        #expect(reply.code == code)
        #expect(reply.message.hasPrefix("ErrorCode:\(code.name);"))
    }

    @Test("8,192 characters are the most in a query")
    func longest() throws {
        func text(_ count: Int) -> String {
            let start = "SELECT * FROM devices WHERE deviceId = '"
            return start + String(repeating: "x", count: count - start.count - 1) + "'"
        }
        #expect(try bench.query(text(8192)).status == 200)
        let reply = try bench.query(text(8193))
        #expect(reply.code == .argumentInvalid)
        #expect(reply.message.contains("8193"))
    }

    @Test("functions that a real hub does not take in twin queries need the superset")
    func modes() throws {
        let text = "SELECT deviceId FROM devices WHERE CONTAINS(deviceId, '00')"
        #expect(try bench.query(text).code == .argumentInvalid)
        let superset = ServiceBench(queryMode: .superset)
        try superset.addFleet(1)
        #expect(try superset.query(text).json == [["deviceId": "d0000"]])
        let both = "SELECT deviceId FROM devices WHERE STARTSWITH(deviceId, 'd')"
        #expect(try superset.query(both).json == [["deviceId": "d0000"]])
    }
}
