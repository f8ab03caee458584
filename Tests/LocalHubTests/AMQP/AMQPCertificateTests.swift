import AMQPEngine
import Foundation
import IoTHub
import NIOCore
import TestKit
import Testing

@testable import LocalHub

@Suite("AMQP devices with certificates, over TLS", .timeLimit(.minutes(1)))
struct AMQPCertificateTests {
    static let credentials: [AMQPSASLCredential?] = [nil, .external, .anonymous, .cbs]

    static func register(_ bench: AMQPTestServer, _ id: String, _ mechanism: AuthenticationMechanism) throws {
        try bench.registry.createDevice(Device(id: id, authentication: mechanism))
    }

    @Test(
        "the certificate is enough, with no SASL, with EXTERNAL or with a SASL that says nothing",
        arguments: credentials
    )
    func openings(credential: AMQPSASLCredential?) async throws {
        let authority = try TestAuthority.make()
        try await AMQPTestServer.with(authorities: [authority]) { bench in
            let own = try TestCertificate.selfSigned(commonName: "x")
            try Self.register(bench, "self", .selfSigned(primaryThumbprint: own.sha1Thumbprint))
            try Self.register(bench, "dev1", .certificateAuthority)
            for (id, certificate) in [("self", own), ("dev1", try authority.issue(commonName: "dev1"))] {
                let client = try await bench.open(credential, showing: certificate)
                let device = try await AMQPTestDevice.attach(id, on: client)
                #expect(try await device.get()["desired"] == ["$version": 1])
                try await device.subscribe()
                try bench.registry.patchTwin(id, with: TwinWrite(desired: ["n": 1]))
                #expect(try await device.next().version == 2)
                _ = try await client.attach(.sender, "/devices/\(id)/messages/events")
            }
        }
    }

    @Test("it is good for its device only, and not for one that is to put a token; the hub's log says why")
    func foreignLinks() async throws {
        let log = LogRecord()
        let authority = try TestAuthority.make()
        try await AMQPTestServer.with(authorities: [authority], logger: log.logger) { bench in
            let own = try TestCertificate.selfSigned(commonName: "x")
            try Self.register(bench, "self", .selfSigned(primaryThumbprint: own.sha1Thumbprint))
            for id in ["dev1", "dev2"] { try Self.register(bench, id, .certificateAuthority) }
            try Self.register(bench, "nothing", AuthenticationMechanism(type: .none, symmetricKey: nil))
            try bench.register("token")
            let client = try await bench.open(showing: authority.issue(commonName: "dev1"))
            _ = try await AMQPTestDevice.attach("dev1", on: client)
            for (id, words) in [
                ("dev2", "expected the device id"), ("self", "thumbprint does not match configuration"),
                ("nothing", "authentication type is none"), ("token", "with a token, and none was put"),
                ("nobody", "the device is unknown"),
            ] {
                let error = try await client.refusal(.sender, "/devices/\(id)/twin")
                #expect(error?.condition == .unauthorizedAccess, "\(id)")
                #expect(error?.text?.contains(words) == true, "\(error?.text ?? "nothing")")
                let line = log.lines.last { $0.contains("link refused") }
                #expect(line?.contains(words) == true, "\(line ?? "nothing")")
            }
            // A token is put beside it, for the device that needs one.
            #expect(try await client.put(bench.token("token"), for: "localhost/devices/token") == 200)
            _ = try await AMQPTestDevice.attach("token", on: client)
        }
    }

    @Test("a device with a certificate that shows none is refused, whatever token it puts")
    func noCertificate() async throws {
        try await AMQPTestServer.with { bench in
            let own = try TestCertificate.selfSigned(commonName: "x")
            try Self.register(bench, "self", .selfSigned(primaryThumbprint: own.sha1Thumbprint))
            let client = try await bench.open()
            #expect(try await client.refusal(.sender, "/devices/self/twin")?.condition == .unauthorizedAccess)
            let token = try bench.token(policy: "device", for: "localhost/devices/self")
            #expect(try await client.put(token, for: "localhost/devices/self") == 401)
            #expect(try await client.put(bench.token(policy: "device"), for: "localhost") == 200)
            let error = try await client.refusal(.sender, "/devices/self/twin")
            #expect(error?.condition == .unauthorizedAccess)
            #expect(error?.text?.contains("none was shown") == true)
        }
    }

    @Test("a disabled device is not found, and one that is disabled loses its links")
    func disabled() async throws {
        try await AMQPTestServer.with { bench in
            let own = try TestCertificate.selfSigned(commonName: "x")
            try Self.register(bench, "dev1", .selfSigned(primaryThumbprint: own.sha1Thumbprint))
            let client = try await bench.open(showing: own)
            let device = try await AMQPTestDevice.attach("dev1", on: client)
            var off = try bench.registry.device("dev1")
            off.status = .disabled
            try bench.registry.updateDevice(off)
            #expect(try await client.detachment(of: device.up)?.condition == .notFound)
            #expect(try await client.refusal(.sender, "/devices/dev1/twin")?.condition == .notFound)
        }
    }

    @Test("neither its end, nor that of a neighbour's token, nor a minute without a token, ends the device's links")
    func time() async throws {
        try await AMQPTestServer.with { bench in
            let own = try TestCertificate.selfSigned(commonName: "x", notAfter: Date() + 3600)
            try Self.register(bench, "dev1", .selfSigned(primaryThumbprint: own.sha1Thumbprint))
            try bench.register("token")
            let client = try await bench.open(showing: own)
            let device = try await AMQPTestDevice.attach("dev1", on: client)
            await bench.pass(.seconds(61))
            #expect(try await device.get()["desired"] == ["$version": 1])
            #expect(try await client.put(bench.token("token", validFor: 10), for: "localhost/devices/token") == 200)
            let neighbour = try await AMQPTestDevice.attach("token", on: client)
            // Who says nothing for eight minutes is given up.
            for _ in 0..<10 {
                await bench.pass(.seconds(400))
                #expect(try await device.get()["desired"] == ["$version": 1])
            }
            #expect(try await client.detachment(of: neighbour.up)?.condition == .unauthorizedAccess)
            // A new link is another matter.
            let error = try await client.refusal(.sender, "/devices/dev1/messages/events")
            #expect(error?.text?.contains("expired at") == true)
        }
    }
}
