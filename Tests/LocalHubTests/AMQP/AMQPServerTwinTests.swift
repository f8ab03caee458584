import AMQPEngine
import Foundation
import IoTHub
import Testing

@testable import LocalHub

@Suite("twins over AMQP and TLS", .timeLimit(.minutes(1)))
struct AMQPServerTwinTests {
    @Test("a device gets its twin, reports, and is told of desired changes, in the types that the C SDK takes")
    func everything() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1")
            let device = try await bench.attach("dev1")
            #expect(try bench.registry.device("dev1").connectionState == .connected)
            #expect(try await device.get() == ["desired": ["$version": 1], "reported": ["$version": 1]])
            let patched = try await device.report(#"{"fan":{"rpm":880}}"#)
            #expect(patched.status == 204)
            #expect(patched.version == 2)
            #expect(patched.body == .none)
            #expect(patched.properties.correlationID == .string("patch"))
            try await device.subscribe()
            try bench.registry.patchTwin("dev1", with: TwinWrite(desired: ["rpm": 900]))
            let change = try await device.next()
            #expect(change.properties.correlationID == nil)
            #expect(change.annotations[symbol: "resource"] == .string("/properties/desired"))
            #expect(change.version == 2)
            #expect(try JSON(parsing: change.text) == ["rpm": 900, "$version": 2])
            let off = try await device.ask(AMQPTestDevice.request("DELETE", resource: AMQPTestDevice.desired))
            #expect(off.status == 200)
            #expect(off.body == .none)
            try bench.registry.patchTwin("dev1", with: TwinWrite(desired: ["rpm": 901]))
            // Had the change been sent, it would have come before this answer.
            let twin = try await device.get()
            #expect(twin["desired"] == ["rpm": 901, "$version": 3])
            #expect(twin["reported"] == ["fan": ["rpm": 880], "$version": 2])
        }
    }

    @Test(
        "correlation ids come back in their type",
        arguments: [
            .string("Get0f8fad5b"), .ulong(0), .ulong(.max), .uuid(UUID()), .binary([0, 1]),
        ] as [AMQPMessageID]
    )
    func correlation(_ id: AMQPMessageID) async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1")
            let device = try await bench.attach("dev1")
            let answer = try await device.ask(AMQPTestDevice.request("GET", id: id))
            #expect(answer.properties.correlationID == id)
            #expect(answer.annotations[symbol: "status"] == .int(200))
        }
    }

    @Test("requests that are wrong are answered with MQTT's statuses and the error as JSON")
    func errors() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1")
            let device = try await bench.attach("dev1")
            let big =
                "{" + (0..<9).map { "\"k\($0)\":\"\(String(repeating: "x", count: 4000))\"" }.joined(separator: ",")
                + "}"
            let wrong: [(AMQPMessage, Int32)] = [
                (AMQPTestDevice.request("POST"), 400),
                (AMQPTestDevice.request("PATCH", "{}"), 400),
                (AMQPTestDevice.request("PATCH", resource: "/tags", "{}"), 400),
                (AMQPTestDevice.request("PUT", resource: "/properties/reported"), 400),
                (AMQPTestDevice.request("PATCH", resource: AMQPTestDevice.reported, "[1]"), 400),
                (AMQPTestDevice.request("PATCH", resource: AMQPTestDevice.reported), 400),
                (AMQPTestDevice.request("PATCH", resource: AMQPTestDevice.reported, #"{"$x":1}"#), 400),
                (AMQPTestDevice.request("PATCH", resource: AMQPTestDevice.reported, version: .string("1"), "{}"), 400),
                (AMQPTestDevice.request("PATCH", resource: AMQPTestDevice.reported, version: .int(9), "{}"), 412),
                (AMQPTestDevice.request("PATCH", resource: AMQPTestDevice.reported, big), 413),
            ]
            for (request, status) in wrong {
                let answer = try await device.ask(request)
                #expect(answer.status == status, "\(request)")
                let body = try JSON(parsing: answer.text)
                #expect((body["errorCode"]?.integerValue).map { $0 / 1000 } == Int64(status))
                #expect(body["message"]?.stringValue?.isEmpty == false)
            }
            #expect(try await device.get()["reported"] == ["$version": 1])
            // The right version, in Java's type, is taken.
            #expect(try await device.report(#"{"n":1}"#, version: .int(1)).version == 2)
            #expect(try await device.report(#"{"n":2}"#, version: .null).version == 3)
        }
    }

    @Test("a request without a correlation id is answered by the outcome of its message only")
    func withoutCorrelation() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1")
            let device = try await bench.attach("dev1")
            func outcome(_ body: String) async throws -> AMQPOutcome? {
                let request = AMQPTestDevice.request("PATCH", resource: AMQPTestDevice.reported, body, id: nil)
                return try await device.client.outcome(of: device.client.send(request, over: device.up))
            }
            #expect(try await outcome(#"{"n":1}"#) == .accepted)
            guard case .rejected(let error?) = try await outcome("{") else {
                Issue.record("a bad patch was not rejected")
                return
            }
            #expect(error.condition == "com.microsoft:argument-error")
            #expect(try await device.get()["reported"] == ["n": 1, "$version": 2])
        }
    }

    @Test("a twin goes to a client with the smallest frames in pieces, and a patch comes from it so")
    func smallFrames() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1")
            let client = try await bench.open { $0.maxFrameSize = 512 }
            let device = try await bench.attach("dev1", on: client)
            let long = String(repeating: "y", count: 4000)
            #expect(try await device.report(#"{"a":"\#(long)","b":"\#(long)"}"#).status == 204)
            #expect(try await device.get()["reported"]?["b"] == .string(long))
        }
    }

    @Test("changes wait for credit, in order")
    func credit() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1")
            let client = try await bench.open()
            #expect(try await client.put(bench.token("dev1"), for: "localhost/devices/dev1") == 200)
            let device = try await AMQPTestDevice.attach("dev1", on: client, credit: 0)
            client.engine.grant(1, to: device.down)
            try await device.subscribe()
            for number in 1...5 {
                try bench.registry.patchTwin("dev1", with: TwinWrite(desired: ["n": .integer(Int64(number))]))
            }
            // The round trip shows that the hub has them, and sends none.
            #expect(try await client.put(bench.token("dev1"), for: "localhost/devices/dev1") == 200)
            #expect(client.deliveries.isEmpty)
            client.engine.grant(2, to: device.down)
            #expect(try await device.next().version == 2)
            #expect(try await device.next().version == 3)
            #expect(try await client.put(bench.token("dev1"), for: "localhost/devices/dev1") == 200)
            #expect(client.deliveries.isEmpty)
            client.engine.grant(10, to: device.down)
            for version in 4...6 as ClosedRange<Int64> { #expect(try await device.next().version == version) }
        }
    }

    @Test("a device that takes nothing loses its twin links, and others do not")
    func overfull() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("lazy", "busy")
            let client = try await bench.open()
            #expect(try await client.put(bench.token("lazy"), for: "localhost/devices/lazy") == 200)
            let lazy = try await AMQPTestDevice.attach("lazy", on: client, credit: 0)
            client.engine.grant(1, to: lazy.down)
            try await lazy.subscribe()
            let busy = try await bench.attach("busy", on: client)
            for number in 0...AMQPTwinQueue.maximumCount {
                try bench.registry.patchTwin("lazy", with: TwinWrite(desired: ["n": .integer(Int64(number))]))
            }
            #expect(try await client.detachment(of: lazy.down)?.condition == .resourceLimitExceeded)
            #expect(try await busy.get()["reported"] == ["$version": 1])
            #expect(try bench.registry.device("lazy").connectionState == .disconnected)
            let again = try await bench.attach("lazy", on: client)
            #expect(try await again.get()["desired"]?["n"] == .integer(Int64(AMQPTwinQueue.maximumCount)))
        }
    }

    @Test("many requests at once are answered in order, and credit is given again")
    func pipelining() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1")
            let device = try await bench.attach("dev1")
            for number in 0..<300 as Range<UInt64> {
                try await device.send(
                    AMQPTestDevice.request(
                        "PATCH",
                        resource: AMQPTestDevice.reported,
                        #"{"n":\#(number)}"#,
                        id: .ulong(number)
                    ),
                    settled: number.isMultiple(of: 2)
                )
            }
            for number in 0..<300 as Range<UInt64> {
                let answer = try await device.next()
                #expect(answer.properties.correlationID == .ulong(number))
                #expect(answer.version == Int64(number) + 2)
            }
        }
    }
}
