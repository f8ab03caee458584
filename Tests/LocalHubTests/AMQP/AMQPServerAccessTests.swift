import AMQPEngine
import Foundation
import IoTHub
import NIOCore
import Testing

@testable import LocalHub

@Suite("who gets which links over AMQP", .timeLimit(.minutes(1)))
struct AMQPServerAccessTests {
    @Test(
        "replies of $cbs have the request's id in its type, an int status and a text",
        arguments: [.ulong(0), .uuid(UUID()), .string("a"), .binary([1]), nil] as [AMQPMessageID?]
    )
    func replies(_ id: AMQPMessageID?) async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1")
            let client = try await bench.open()
            let request = AMQPTestClient.putToken(try bench.token("dev1"), for: "localhost/devices/dev1", id: id)
            let reply = try await client.ask(request)
            #expect(reply.properties.correlationID == id)
            #expect(reply.applicationProperties[string: "status-code"] == .int(200))
            #expect(reply.applicationProperties[string: "status-description"] == .string("OK"))
            #expect(reply.body == .value(.null))
        }
    }

    @Test("tokens are taken for what they are good for, by any of the names that SDKs use")
    func statuses() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1", "dev2", "a#b")
            let client = try await bench.open()
            let cases: [(token: String, name: String, status: Int64)] = [
                (try bench.token("dev1"), "localhost/devices/dev1", 200),
                (try bench.token("dev1"), "amqps://LOCALHOST:5671/devices/dev1", 200),
                (try bench.token("a#b"), "localhost/devices/a%23b", 200),
                (try bench.token(policy: "device", for: "localhost/devices/dev1"), "localhost/devices/dev1", 200),
                (try bench.token(policy: "iothubowner"), "localhost", 200),
                (try bench.token(policy: "service"), "https://localhost", 200),
                (try bench.token("dev1"), "localhost/devices/dev2", 401),
                (try bench.token("dev1", for: "localhost/devices/dev2"), "localhost/devices/dev2", 401),
                (try bench.token("dev1"), "localhost", 401),
                (try bench.token("dev1", for: "localhost"), "localhost", 401),
                (try bench.token(policy: "service"), "localhost/devices/dev1", 401),
                (try bench.token(policy: "registryRead"), "localhost", 401),
                (try bench.token(policy: "device", for: "localhost/devices/dev1"), "localhost", 401),
                (try bench.token("dev1", for: "localhost/devices/nobody"), "localhost/devices/nobody", 401),
                (try bench.token("dev1", validFor: -400), "localhost/devices/dev1", 401),
                (try bench.token("dev1"), "localhost/devices/dev1/modules/m", 401),
                ("no token", "localhost/devices/dev1", 401),
            ]
            for (index, entry) in cases.enumerated() {
                #expect(try await client.put(entry.token, for: entry.name) == entry.status, "case \(index)")
            }
        }
    }

    @Test("requests on $cbs that are none are answered with 400")
    func badRequests() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1")
            let client = try await bench.open()
            let good = AMQPTestClient.putToken(try bench.token("dev1"), for: "localhost/devices/dev1", id: .ulong(1))
            for key in ["operation", "type", "name"] {
                for value in [nil, AMQPValue.string("wrong"), .int(1)] where key != "name" || value != .string("wrong")
                {
                    var request = good
                    request.applicationProperties[string: key] = value
                    let reply = try await client.ask(request)
                    #expect(reply.applicationProperties[string: "status-code"] == .int(400), "\(key)")
                }
            }
            var request = good
            request.body = .none
            #expect(try await client.ask(request).applicationProperties[string: "status-code"] == .int(400))
        }
    }

    @Test("a link without a token for its device is refused, whatever other tokens there are")
    func foreignLinks() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1", "dev2")
            let client = try await bench.open()
            #expect(
                try await client.refusal(.sender, "/devices/dev1/twin")?.condition
                    == .unauthorizedAccess
            )
            #expect(try await client.put(bench.token("dev1"), for: "localhost/devices/dev1") == 200)
            let addresses: [(AMQPLink.Role, String)] = [
                (.sender, "/devices/dev2/twin"), (.receiver, "/devices/dev2/twin"),
                (.sender, "/devices/dev2/messages/events"), (.receiver, "/devices/dev2/messages/devicebound"),
                (.receiver, "/devices/dev2/methods/devicebound"), (.receiver, "/devices/DEV1/twin"),
                (.sender, "amqps://localhost:5671/devices/dev2/twin"), (.sender, "/devices/dev1%2F..%2Fdev2/twin"),
            ]
            for (role, address) in addresses {
                #expect(
                    try await client.refusal(role, address)?.condition == .unauthorizedAccess,
                    "\(address)"
                )
            }
            _ = try await client.attach(.sender, "amqps://localhost/DEVICES/dev1/Twin")
        }
    }

    @Test("telemetry, messages and methods have their links; what the hub does not have is refused cleanly")
    func otherLinks() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1")
            let client = try await bench.open()
            #expect(
                try await client.refusal(.sender, "/messages/devicebound")?.condition
                    == .unauthorizedAccess
            )
            #expect(try await client.put(bench.token("dev1"), for: "localhost/devices/dev1") == 200)
            let telemetry = try await client.attach(.sender, "/devices/dev1/messages/events")
            #expect(telemetry.remote?.maxMessageSize == 1_048_576)
            _ = try await client.attach(.receiver, "/devices/dev1/messages/deviceBound")
            _ = try await client.attach(.receiver, "/devices/dev1/methods/devicebound")
            let results = try await client.attach(.sender, "/devices/dev1/methods/deviceBound")
            for link in [telemetry, results] {
                let id = try await client.send(AMQPMessage(body: .data([[1, 2, 3]])), over: link)
                #expect(try await client.outcome(of: id) == .accepted)
            }
            let big = AMQPMessage(body: .data([[UInt8](repeating: 1, count: 300_000)]))
            let id = try await client.send(big, over: telemetry)
            guard case .rejected(let error?) = try await client.outcome(of: id) else {
                Issue.record("300,000 bytes were taken")
                return
            }
            #expect(error.condition == .messageSizeExceeded)
            let refused: [(AMQPLink.Role, String, AMQPError.Condition)] = [
                (.sender, "/messages/devicebound", .notImplemented),
                (.receiver, "/messages/serviceBound/feedback", .notImplemented),
                (.sender, "/devices/dev1/modules/m/twin", .notImplemented),
                (.sender, "/devices/dev1/nothing", .notFound), (.sender, "", .notFound),
                (.receiver, "/devices/dev1/messages/events", .notFound),
            ]
            for (role, address, condition) in refused {
                let error = try await client.refusal(role, address)
                #expect(error?.condition == condition, "\(address)")
                let body = try JSON(parsing: error?.text ?? "")
                #expect(body["message"]?.stringValue?.contains("'\(address)'") == true)
                if condition == .notFound {
                    #expect(body["errorCode"] == 404006)
                    #expect(error?.info[symbol: "com.microsoft:is-filtered"] == .bool(true))
                }
            }
        }
    }

    @Test("a disabled device, and one that a policy's token is for but that does not exist, is not found")
    func unknownAndDisabled() async throws {
        try await AMQPTestServer.with { bench in
            var device = Device(id: "off")
            device.status = .disabled
            try bench.registry.createDevice(device)
            let client = try await bench.open()
            #expect(try await client.put(bench.token("off"), for: "localhost/devices/off") == 200)
            #expect(try await client.refusal(.sender, "/devices/off/twin")?.condition == .notFound)
            #expect(try await client.put(bench.token(policy: "device"), for: "localhost") == 200)
            #expect(try await client.refusal(.sender, "/devices/nobody/twin")?.condition == .notFound)
        }
    }

    @Test("one device that is disabled, or removed, loses its links, and its neighbours on the connection do not")
    func neighbours() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1", "dev2", "dev3")
            let client = try await bench.open()
            let devices = try await [
                bench.attach("dev1", on: client), bench.attach("dev2", on: client), bench.attach("dev3", on: client),
            ]
            var off = try bench.registry.device("dev1")
            off.status = .disabled
            try bench.registry.updateDevice(off)
            try bench.registry.removeDevice("dev2")
            for device in devices[..<2] {
                for link in [device.up, device.down] {
                    let error = try await client.detachment(of: link)
                    #expect(error?.condition == .notFound)
                    #expect(try JSON(parsing: error?.text ?? "")["errorCode"] == 404001)
                }
            }
            #expect(try await devices[2].get()["desired"] == ["$version": 1])
        }
    }

    @Test("keys that changed, and a device made anew, are not opened by the token from before")
    func changedKeys() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1")
            let client = try await bench.open()
            #expect(try await client.put(bench.token("dev1"), for: "localhost/devices/dev1") == 200)
            try bench.registry.removeDevice("dev1")
            try bench.register("dev1")
            #expect(
                try await client.refusal(.sender, "/devices/dev1/twin")?.condition
                    == .unauthorizedAccess
            )
        }
    }

    @Test("at the end of a token its device's links are detached, unless it was renewed; neighbours stay")
    func expiry() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("short", "renewed", "long")
            let client = try await bench.open()
            for id in ["short", "renewed", "long"] {
                let token = try bench.token(id, validFor: id == "long" ? 7200 : 600)
                #expect(try await client.put(token, for: "localhost/devices/\(id)") == 200)
            }
            let short = try await AMQPTestDevice.attach("short", on: client)
            let renewed = try await AMQPTestDevice.attach("renewed", on: client)
            let long = try await AMQPTestDevice.attach("long", on: client)
            try await renewed.subscribe()
            #expect(try await client.put(bench.token("renewed"), for: "localhost/devices/renewed") == 200)
            // A token lasts five minutes longer, for clocks that differ. Who says nothing for eight is given up.
            await bench.pass(.seconds(400))
            #expect(try await long.get()["desired"] == ["$version": 1])
            await bench.pass(.seconds(201))
            #expect(try await short.get()["desired"] == ["$version": 1])
            await bench.pass(.seconds(300))
            #expect(try await client.detachment(of: short.up)?.condition == .unauthorizedAccess)
            #expect(try await client.detachment(of: short.down)?.condition == .unauthorizedAccess)
            #expect(try bench.registry.device("short").connectionState == .disconnected)
            try bench.registry.patchTwin("renewed", with: TwinWrite(desired: ["n": 1]))
            #expect(try await renewed.next().version == 2)
            #expect(try await long.get()["desired"] == ["$version": 1])
            // The way back.
            #expect(try await bench.attach("short", on: client).get()["desired"] == ["$version": 1])
        }
    }

    @Test("a newer AMQP connection takes a device over, and its neighbours stay on the older one")
    func takeover() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1", "dev2")
            let client = try await bench.open()
            let old = try await bench.attach("dev1", on: client)
            let neighbour = try await bench.attach("dev2", on: client)
            let new = try await bench.attach("dev1")
            #expect(try await client.detachment(of: old.up)?.condition == .stolen)
            #expect(try await client.detachment(of: old.down)?.condition == .stolen)
            try await new.subscribe()
            try bench.registry.patchTwin("dev1", with: TwinWrite(desired: ["n": 1]))
            #expect(try await new.next().version == 2)
            #expect(try await neighbour.get()["desired"] == ["$version": 1])
            #expect(try bench.registry.device("dev1").connectionState == .connected)
        }
    }

    @Test("a device has one connection, whether MQTT or AMQP: the newer one takes over, both ways")
    func takeoverBetweenProtocols() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1")
            let mqtt = MQTTTestServer(servers: bench.servers)
            var first = try await mqtt.connect("dev1")
            let second = try await bench.attach("dev1")
            #expect(await first.next() == nil)
            #expect(try await second.get()["desired"] == ["$version": 1])
            let third = try await mqtt.connect("dev1", sessionPresent: true)
            #expect(try await second.client.detachment(of: second.up)?.condition == .stolen)
            #expect(try bench.registry.device("dev1").connectionState == .connected)
            try await third.close()
        }
    }

    @Test("on one connection a new link takes the place of the old one of its kind, a new pair that of the old pair")
    func stealing() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1")
            let client = try await bench.open()
            let old = try await bench.attach("dev1", on: client)
            try await old.subscribe()
            let new = try await AMQPTestDevice.attach("dev1", on: client, pair: "twin:other")
            #expect(try await client.detachment(of: old.up)?.condition == .stolen)
            #expect(try await client.detachment(of: old.down)?.condition == .stolen)
            // The subscription went with the old pair.
            try bench.registry.patchTwin("dev1", with: TwinWrite(desired: ["n": 1]))
            #expect(try await new.get()["desired"] == ["n": 1, "$version": 2])
            try await new.subscribe()
            try bench.registry.patchTwin("dev1", with: TwinWrite(desired: ["n": 2]))
            #expect(try await new.next().version == 3)
            #expect(try bench.registry.device("dev1").connectionState == .connected)
        }
    }

    @Test("the subscription ends with the link, and the device with its last link, session or connection")
    func endings() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1", "dev2")
            let client = try await bench.open()
            let device = try await bench.attach("dev1", on: client)
            try await device.subscribe()
            client.engine.detach(device.down)
            _ = try await client.detachment(of: device.down)
            #expect(try bench.registry.device("dev1").connectionState == .connected)
            client.engine.detach(device.up)
            _ = try await client.detachment(of: device.up)
            #expect(try bench.registry.device("dev1").connectionState == .disconnected)
            let again = try await AMQPTestDevice.attach("dev1", on: client, in: device.up.session)
            try bench.registry.patchTwin("dev1", with: TwinWrite(desired: ["n": 1]))
            #expect(try await again.get()["desired"]?["n"] == 1)
            client.engine.end(again.up.session)
            // The next answer shows that the hub has seen the end.
            let other = try await bench.attach("dev2", on: client)
            #expect(try bench.registry.device("dev1").connectionState == .disconnected)
            try await client.close()
            while try bench.registry.device("dev2").connectionState == .connected { await Task.yield() }
            _ = other
        }
    }

    @Test("the model id of any of a device's links is kept")
    func modelID() async throws {
        try await AMQPTestServer.with { bench in
            try bench.register("dev1", "dev2")
            let client = try await bench.open()
            let properties: AMQPMap = [.symbol("com.microsoft:model-id"): .string("dtmi:com:example;1")]
            for id in ["dev1", "dev2"] {
                #expect(try await client.put(bench.token(id), for: "localhost/devices/\(id)") == 200)
            }
            _ = try await AMQPTestDevice.attach("dev1", on: client, properties: properties)
            #expect(try bench.registry.twin(of: "dev1").twin.modelID == "dtmi:com:example;1")
            _ = try await AMQPTestDevice.attach("dev2", on: client)
            _ = try await client.attach(.sender, "/devices/dev2/messages/events", properties: properties)
            #expect(try bench.registry.twin(of: "dev2").twin.modelID == "dtmi:com:example;1")
        }
    }
}
