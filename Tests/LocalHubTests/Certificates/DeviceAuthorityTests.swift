import Foundation
import IoTHub
import Logging
import TestKit
import Testing

@testable import LocalHub

@Suite("certificate authorities that are registered", .timeLimit(.minutes(1)))
struct DeviceAuthorityTests {
    let directory: TemporaryDirectory
    let root: TestAuthority
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws {
        directory = try TemporaryDirectory()
        root = try TestAuthority.make(commonName: "Root")
    }

    private var path: String { directory.url.appendingPathComponent("data").path }

    private func error(_ name: String, _ pem: String, at now: Date = Date()) -> LocalHubError? {
        do {
            _ = try TrustedAuthority(registering: DeviceAuthority(name: name, pem: pem), at: now)
            return nil
        } catch {
            return error
        }
    }

    @Test("one certificate of an authority is taken, whatever text is about it; nothing else is kept")
    func good() throws {
        let key = try TestCertificate.selfSigned(commonName: "x").keyPEM
        let text = "Subject: Root\n\(key)\n\(root.certificatePEM)\nthe end\n"
        let trusted = try TrustedAuthority(registering: DeviceAuthority(name: "a.B-c_1", pem: text), at: Date())
        #expect(try trusted.kept == DeviceAuthority(name: "a.B-c_1", pem: root.certificatePEM))
        #expect(try TrustedAuthority(kept: trusted.kept) == trusted)
    }

    @Test("what is none is refused with the reason")
    func bad() throws {
        let device = try root.issue(commonName: "dev1").certificatePEM
        let key = try TestCertificate.selfSigned(commonName: "x").keyPEM
        let torn = root.certificatePEM.replacing("MII", with: "M!!")
        for (name, text, words) in [
            ("ca", "", "no certificate in it"), ("ca", key, "no certificate in it"),
            ("ca", root.certificatePEM + root.certificatePEM, "2 certificates in it; expected one"),
            ("ca", device, "not that of a certificate authority"),
            (
                "ca", try TestCertificate.selfSigned(commonName: "x").certificatePEM,
                "not that of a certificate authority"
            ),
            ("ca", torn, "cannot be read"), ("", root.certificatePEM, "no name"),
            ("a b", root.certificatePEM, "no name"), ("a/b", root.certificatePEM, "no name"),
            (String(repeating: "a", count: 65), root.certificatePEM, "no name"), ("é", root.certificatePEM, "no name"),
        ] {
            let error = error(name, text)
            #expect(error?.reason == .badAuthority, "\(words)")
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "nothing")")
        }
        let expired = error("ca", root.certificatePEM, at: Date() + 100 * 86_400)
        #expect(expired?.description.contains("expired at") == true)
    }

    @Test("a data folder keeps them: given again one is replaced, and one that has expired stays, with a warning")
    func kept() throws {
        func open(_ authorities: [DeviceAuthority], at now: Date = Date(), _ logger: Logger) throws {
            try HubFolder.open(path, names: ["localhost"], authorities: authorities, at: now, logger: logger).close()
        }
        func kept() throws -> [String] {
            let authorities = try HubAuthorities(dataDirectory: path, logger: logger)
            defer { authorities.close() }
            return try authorities.entries().map { "\($0.name) \($0.subject)" }
        }
        let other = try TestAuthority.make(commonName: "Other")
        try open([DeviceAuthority(name: "plant", pem: root.certificatePEM)], logger)
        #expect(try kept() == ["plant CN=Root"])
        try open([DeviceAuthority(name: "b", pem: other.certificatePEM)], logger)
        #expect(try kept() == ["b CN=Other", "plant CN=Root"])
        try open([DeviceAuthority(name: "plant", pem: other.certificatePEM)], logger)
        #expect(try kept() == ["b CN=Other", "plant CN=Other"])
        let log = LogRecord()
        try open([], at: Date() + 100 * 86_400, log.logger)
        #expect(log.lines.count { $0.hasPrefix("warning a certificate authority of devices has expired") } == 2)
        #expect(try kept().count == 2)
    }

    @Test("one name twice, and more than 25, are refused, and nothing is changed")
    func tooMany() throws {
        func open(_ names: [String]) throws {
            let authorities = names.map { DeviceAuthority(name: $0, pem: root.certificatePEM) }
            try HubFolder.open(path, names: ["localhost"], authorities: authorities, at: Date(), logger: logger).close()
        }
        let twice = #expect(throws: LocalHubError.self) { try open(["a", "a"]) }
        #expect(twice?.description.contains("given twice") == true)
        try open((1...20).map { "a\($0)" })
        let many = #expect(throws: LocalHubError.self) { try open((1...6).map { "b\($0)" }) }
        #expect(many?.reason == .badAuthority)
        #expect(many?.description.contains("25 at most") == true)
        let authorities = try HubAuthorities(dataDirectory: path, logger: logger)
        #expect(try authorities.entries().count == 20)
        authorities.close()
    }

    @Test("they are added and removed while no hub runs on the folder, and only then")
    func changed() async throws {
        let missing = #expect(throws: LocalHubError.self) { try HubAuthorities(dataDirectory: path, logger: logger) }
        #expect(missing?.description.contains("no hub has kept data") == true)
        #expect(!FileManager.default.fileExists(atPath: path))
        let authorities = try HubAuthorities(dataDirectory: path, creates: true, logger: logger)
        let entry = try authorities.add(DeviceAuthority(name: "plant", pem: root.certificatePEM))
        #expect(entry.subject == "CN=Root")
        try authorities.add(DeviceAuthority(name: "other", pem: root.certificatePEM))
        let unknown = #expect(throws: LocalHubError.self) { try authorities.remove("nobody") }
        #expect(unknown?.description.contains("there are 'other', 'plant'") == true)
        try authorities.remove("other")
        authorities.close()

        try await TestHub.with(configure: { $0.dataDirectory = path }) { _ in
            let busy = #expect(throws: LocalHubError.self) { try HubAuthorities(dataDirectory: path, logger: logger) }
            #expect(busy?.reason == .dataDirectoryInUse)
            #expect(busy?.description.contains("a hub is running on") == true)
        }
    }

    @Test("a hub takes their devices, as long as they are there")
    func devices() async throws {
        let certificate = try root.issue(commonName: "dev1")
        func answer(_ authorities: [DeviceAuthority]) async throws -> MQTTServerPacket? {
            try await TestHub.with(configure: {
                $0.dataDirectory = path
                $0.certificateAuthorities = authorities
            }) { test in
                if test.hub.registry.deviceCount == 0 {
                    try test.hub.registry.createDevice(Device(id: "dev1", authentication: .certificateAuthority))
                }
                var client = try await MQTTTestClient.open(
                    port: test.hub.mqttPort,
                    tls: try TestTLS.client(trusting: test.hub.certificateAuthorityFile, showing: certificate)
                )
                try await client.send(try MQTTCertificateTests.connect("dev1"))
                return await client.next()
            }
        }
        let accepted = MQTTServerPacket.connectAcknowledgement(.accepted, sessionPresent: false)
        #expect(try await answer([DeviceAuthority(name: "plant", pem: root.certificatePEM)]) == accepted)
        #expect(try await answer([]) == accepted)
        let authorities = try HubAuthorities(dataDirectory: path, logger: logger)
        try authorities.remove("plant")
        authorities.close()
        #expect(try await answer([]) == .connectAcknowledgement(.notAuthorized, sessionPresent: false))
    }
}
