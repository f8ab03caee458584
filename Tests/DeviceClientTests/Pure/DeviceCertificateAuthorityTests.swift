import Foundation
import TestKit
import Testing

@testable import DeviceClient

@Suite struct DeviceCertificateAuthorityTests {
    @Test("an authority issues certificates with its own behind them, each with a key and a thumbprint of its own")
    func issuing() throws {
        let authority = try DeviceCertificateAuthority.make(commonName: "press works")
        let first = try authority.issue(commonName: "press-0001")
        let second = try authority.issue(commonName: "press-0001")
        #expect(first.commonName == "press-0001")
        #expect(first.sha256Thumbprint != second.sha256Thumbprint)
        #expect(first.keyPEM() != second.keyPEM())
        #expect(first.certificatePEM.hasSuffix(authority.certificatePEM))
        #expect(first.certificatePEM.components(separatedBy: "BEGIN CERTIFICATE").count == 3)
        try DeviceTLS(trustedCAFile: nil).check(first)
    }

    @Test("what is written in PEM is read again, encrypted or not", arguments: [nil, "correct horse"])
    func roundTrip(_ passphrase: String?) throws {
        let directory = try TemporaryDirectory()
        let authority = try DeviceCertificateAuthority.make(commonName: "press works")
        let again = try DeviceCertificateAuthority(
            certificateFile: try directory.write(authority.certificatePEM, to: "ca.pem"),
            keyFile: try directory.write(authority.keyPEM(passphrase: passphrase), to: "ca.key"),
            passphrase: passphrase
        )
        #expect(again.commonName == "press works")
        let device = try again.issue(commonName: "d")
        #expect(device.keyPEM(passphrase: passphrase).contains("BEGIN ENCRYPTED") == (passphrase != nil))
        let read = try DeviceCertificate(
            certificatePEM: device.certificatePEM,
            keyPEM: device.keyPEM(passphrase: passphrase),
            passphrase: passphrase
        )
        #expect(read.sha256Thumbprint == device.sha256Thumbprint)
        #expect(read.certificatePEM == device.certificatePEM)
    }

    @Test("the openssl program finds the chain good, and the name in it")
    func verified() async throws {
        let directory = try TemporaryDirectory()
        let authority = try DeviceCertificateAuthority.make(commonName: "press works")
        let root = try directory.write(authority.certificatePEM, to: "ca.pem")
        let device = try directory.write(
            try authority.issue(commonName: "press-0001").certificatePEM,
            to: "device.pem"
        )
        let openssl = "/usr/bin/openssl"
        let good = try await ChildProgram(
            openssl,
            ["verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", root, device]
        ).outcome()
        #expect(good.output.contains("OK"), "\(good.errors)")
        let other = try DeviceCertificateAuthority.make(commonName: "press works")
        let foreign = try directory.write(other.certificatePEM, to: "other.pem")
        let bad = try await ChildProgram(openssl, ["verify", "-CAfile", foreign, device]).outcome()
        #expect(bad.exitCode != 0)
        let own = try directory.write(
            try DeviceCertificate.selfSigned(commonName: "press-0001").certificatePEM,
            to: "own.pem"
        )
        let shown = try await ChildProgram(openssl, ["x509", "-in", own, "-noout", "-subject", "-issuer"]).outcome()
        #expect(shown.output == "subject=CN = press-0001\nissuer=CN = press-0001\n", "\(shown.errors)")
    }

    @Test("a certificate is good from a little before now, and not longer than its authority")
    func lives() throws {
        let now = Int64(Date().timeIntervalSince1970)
        let authority = try DeviceCertificateAuthority.make(commonName: "short", validFor: .seconds(3600))
        let device = try authority.issue(commonName: "d", validFor: .seconds(86_400))
        #expect((now - 400...now - 200).contains(device.notValidBefore))
        #expect((now + 3500...now + 3700).contains(device.notValidAfter))
        let brief = try DeviceCertificate.selfSigned(commonName: "d", validFor: .seconds(60))
        #expect((now + 50...now + 160).contains(brief.notValidAfter))
    }

    @Test("names and lives that cannot be are refused")
    func refusals() throws {
        let authority = try DeviceCertificateAuthority.make(commonName: String(repeating: "ä", count: 64))
        for name in ["", String(repeating: "x", count: 65)] {
            let error = #expect(throws: DeviceClientError.self) { _ = try authority.issue(commonName: name) }
            #expect(error?.reason == .invalidArgument)
            #expect(error?.message.contains("X.509 allows 1 to 64") == true)
        }
        for life in [Duration.zero, .seconds(-1), .seconds(101 * 366 * 86_400)] {
            let error = #expect(throws: DeviceClientError.self) {
                _ = try DeviceCertificate.selfSigned(commonName: "d", validFor: life)
            }
            #expect(error?.message.contains("1 second to 100 years") == true)
        }
    }

    @Test("a certificate that is no authority's, or an authority that has expired, signs nothing")
    func noAuthority() throws {
        let device = try DeviceCertificate.selfSigned(commonName: "leaf")
        let error = try #require(throws: DeviceClientError.self) {
            _ = try DeviceCertificateAuthority(certificatePEM: device.certificatePEM, keyPEM: device.keyPEM())
        }
        #expect(error.message.contains("'leaf' is not an authority's; expected one with the basic constraint CA:TRUE"))
        let key = try CertificateMaker.makeKey()
        let content = CertificateMaker.Content(commonName: "old", validity: 1...1_000_000_000, isAuthority: true)
        let leaf = try CertificateMaker.make(content, for: key)
        let old = try DeviceCertificate(leaf: leaf, key: key, chain: CertificateChain([]), name: "old")
        let authority = try DeviceCertificateAuthority(certificatePEM: old.certificatePEM, keyPEM: old.keyPEM())
        let expired = try #require(throws: DeviceClientError.self) { _ = try authority.issue(commonName: "d") }
        #expect(expired.reason == .invalidArgument)
        #expect(expired.message.contains("has expired: it is good from 1970-01-01T00:00:01Z to 2001-09-09T01:46:40Z"))
    }
}
