import Foundation
import TestKit
import Testing

@testable import Fleet

@Suite("How a fleet's devices prove who they are")
struct AuthTests {
    private static let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    private static let environment = [
        "HUB": "HostName=h;SharedAccessKeyName=a;SharedAccessKey=\(key)", "PASS": "geheim",
    ]

    /// The good fleet with another `auth`, perhaps against a hub that is not the local one.
    private func text(_ auth: String, isLocal: Bool = true) -> String {
        Sample.good.replacing("auth: sas", with: "auth: \(auth)")
            .replacing("hub: local", with: isLocal ? "hub: local" : "hub: ${HUB}")
    }

    /// The template's ten devices' authentications.
    private func auths(_ auth: String, isLocal: Bool = true) throws -> [DeviceAuthentication] {
        try Sample.parse(text(auth, isLocal: isLocal), environment: Self.environment).devices.dropFirst().map(\.auth)
    }

    @Test("by token, unless the file says otherwise")
    func token() throws {
        let fleet = try Sample.parse(Sample.good)
        #expect(fleet.devices.allSatisfy { $0.auth == .sas })
        #expect(!fleet.needsAuthorityOfRun)
        #expect(fleet.deviceAuthorityFiles == [])
    }

    @Test("certificates made for the run: of an authority for the local hub, self-signed for any other")
    func made() throws {
        #expect(Set(try auths("x509")) == [.x509(X509Setting(kind: .certificateAuthority))])
        #expect(Set(try auths("x509", isLocal: false)) == [.x509(X509Setting(kind: .selfSigned))])
        #expect(Set(try auths("{ x509: selfSigned }")) == [.x509(X509Setting(kind: .selfSigned))])
        #expect(Set(try auths("{ x509: ca }")) == [.x509(X509Setting(kind: .certificateAuthority))])
        #expect(try Sample.parse(text("x509")).needsAuthorityOfRun)
        #expect(try !Sample.parse(text("{ x509: selfSigned }")).needsAuthorityOfRun)
    }

    @Test("an id that is too long for a common name is told, unless nobody reads the name")
    func longName() {
        let id = String(repeating: "a", count: 60) + "{index:05}"
        let long = Sample.mistakes(text("x509").replacing("press-{index:04}", with: id))
        #expect(long.count == 1 && long[0].hasPrefix("f.yaml:11:9: found the id 'aaa"), "\(long)")
        #expect(long.first?.contains("of 65 characters; expected at most 64 with certificates of an auth") == true)
        #expect(Sample.mistakes(text("{ x509: selfSigned }").replacing("press-{index:04}", with: id)) == [])
    }

    @Test("shares are dealt exactly, and leave the other shares as they were")
    func shares() throws {
        let auths = try auths("{ sas: 60%, x509: 40% }")
        #expect(auths.count { $0 == .sas } == 6)
        #expect(auths.count { $0.x509 != nil } == 4)
        let with = try Sample.parse(text("{ sas: 60%, x509: 40% }")).devices
        let without = try Sample.parse(Sample.good).devices
        #expect(with.map(\.transport) == without.map(\.transport))
        #expect(with.map(\.connectivity) == without.map(\.connectivity))
    }

    @Test("files by device, relative to the fleet file")
    func files() throws {
        let folder = try TemporaryDirectory()
        for index in 0..<10 {
            try folder.write("", to: "press-000\(index).pem")
            try folder.write("", to: "\(index).key")
        }
        let auth = "{ x509: selfSigned, certificate: \"{id}.pem\", key: \"{index}.key\", passphrase: ${PASS} }"
        let fleet = try Fleet.load(file: try folder.write(text(auth), to: "f.yaml"), environment: Self.environment)
        #expect(
            fleet.devices[8].auth.x509
                == X509Setting(
                    kind: .selfSigned,
                    files: X509Setting.Files(
                        certificate: folder.url.path + "/press-0007.pem",
                        key: folder.url.path + "/7.key",
                        passphrase: "geheim"
                    )
                )
        )
    }

    @Test("an authority that signs, or has signed")
    func authority() throws {
        let folder = try TemporaryDirectory()
        try folder.write("-----BEGIN CERTIFICATE-----\n", to: "ca.pem")
        try folder.write("-----BEGIN EC PRIVATE KEY-----\n", to: "ca.key")
        func load(_ auth: String, isLocal: Bool) throws -> Fleet {
            let file = try folder.write(text(auth, isLocal: isLocal), to: "f.yaml")
            return try Fleet.load(file: file, environment: Self.environment)
        }
        let certificate = folder.url.path + "/ca.pem"
        for isLocal in [true, false] {
            let fleet = try load("{ x509: ca, ca: { certificate: ca.pem, key: ca.key } }", isLocal: isLocal)
            #expect(
                fleet.devices[5].auth.x509?.authority
                    == X509Setting.Authority(certificate: certificate, key: folder.url.path + "/ca.key")
            )
            #expect(!fleet.needsAuthorityOfRun)
            #expect(fleet.deviceAuthorityFiles == [certificate])
        }
        let files = "certificate: ca.pem, key: ca.key"
        let signed = try load("{ x509: ca, \(files), ca: { certificate: ca.pem } }", isLocal: true)
        #expect(signed.devices[5].auth.x509?.authority == X509Setting.Authority(certificate: certificate))
        // A real hub knows it already.
        #expect(try load("{ x509: ca, \(files) }", isLocal: false).devices[5].auth.x509?.authority == nil)
        let unknown = Sample.mistakes(text("{ x509: ca, \(files) }"))
        #expect(unknown.contains { $0.contains("15:11: found certificates of an authority that the local hub does") })
    }

    @Test(
        "mistakes are told, and no secret with them",
        arguments: [
            ("{ x509: ca }", false, "15:11", "'x509: ca' without 'ca', for a hub that is not the local one"),
            ("{ x509: selfSigned, ca: { certificate: CA, key: KEY } }", true, "15:31", "'ca' for self-signed"),
            ("{ x509: ca, ca: { certificate: CA } }", true, "15:27", "an authority without 'key'"),
            ("{ x509: ca, ca: { key: KEY } }", true, "15:27", "without 'certificate'"),
            ("{ x509: ca, ca: CA }", true, "15:27", "an authority as a mapping"),
            ("{ x509: ca, ca: { certificate: KEY, key: KEY } }", true, "15:42", "a file without a certificate"),
            ("{ x509: ca, ca: { certificate: CA, key: nowhere } }", true, "15:51", "No such file or directory"),
            ("{ x509: selfSigned, certificate: CA }", true, "15:31", "'certificate' without 'key'"),
            ("{ x509: selfSigned, key: KEY }", true, "15:31", "'key' without 'certificate'"),
            ("{ x509: selfSigned, passphrase: ${PASS} }", true, "15:31", "'passphrase' without 'key'"),
            (
                "{ x509: selfSigned, certificate: CA, key: KEY, passphrase: geheim }", true, "15:70",
                "a secret in the fleet file; expected it from the environment, as in passphrase: ${NAME}"
            ),
            (
                "{ x509: selfSigned, certificate: CA, key: \"-----BEGIN KEY geheim\" }", true, "15:53",
                "the text of a PEM"
            ),
            (
                "{ x509: selfSigned, certificate: \"no/{id}.pem\", key: KEY }", true, "15:44",
                "found 'no/press-0000.pem': No such file or directory, and 9 more like it"
            ),
            ("{ x509: selfSigned, certificate: \"{idd}\", key: KEY }", true, "15:44", "did you mean '{id}'?"),
            ("{ x509: selfSigned, certificate: \"{change}\", key: KEY }", true, "15:44", "desired properties only"),
        ]
    )
    func mistake(_ auth: String, _ isLocal: Bool, _ place: String, _ words: String) throws {
        let folder = try TemporaryDirectory()
        try folder.write("-----BEGIN CERTIFICATE-----\n", to: "CA")
        try folder.write("-----BEGIN PRIVATE KEY-----\n", to: "KEY")
        let file = try folder.write(text(auth, isLocal: isLocal), to: "f.yaml")
        let error = #expect(throws: FleetFileError.self) {
            try Fleet.load(file: file, environment: Self.environment)
        }
        let lines = try #require(error).description.split(separator: "\n")
        #expect(lines.count == 1, "\(lines)")
        let first = try #require(lines.first)
        #expect(first.hasPrefix("\(file):\(place): found "), "\(first)")
        #expect(first.contains(words), "\(first)")
        #expect(!first.contains("geheim"))
    }
}
