import Foundation
import TestKit
import Testing

@testable import DeviceClient

@Suite struct DeviceCertificateTests {
    private typealias S = PEMSamples

    @Test("dates, thumbprints and name are those that the openssl program shows")
    func facts() throws {
        let certificate = try DeviceCertificate(certificatePEM: S.ecCertificate, keyPEM: S.ecKey)
        #expect(certificate.notValidBefore == 1_795_636_343)
        #expect(certificate.notValidAfter == 4_949_236_343)
        #expect(
            certificate.sha256Thumbprint == "3C2A7489AFDFDB738F74941D30ADBD91F5F67748BBB342FB5FC9C9E9A6FF7F47"
        )
        #expect(certificate.sha1Thumbprint == "9CCB234236EA8E5F0BB0D1999E0F4B0CB70A1166")
        #expect(certificate.commonName == "press-0001")
    }

    @Test(
        "keys of every form are read",
        arguments: [
            (S.ecCertificate, S.ecKey, nil), (S.ecCertificate, S.ecKeySEC1, nil),
            (S.ecCertificate, S.ecKeyWithParameters, nil), (S.ecCertificate, S.ecKeyEncrypted, S.passphrase),
            (S.ecCertificate, S.ecKeySEC1Encrypted, S.passphrase), (S.rsaCertificate, S.rsaKey, nil),
            (S.rsaCertificate, S.rsaKeyEncrypted, S.passphrase),
            (S.rsaCertificate, S.rsaKeyPKCS8Encrypted, S.passphrase),
            // One that is not needed does no harm.
            (S.ecCertificate, S.ecKey, "needless"),
            // Text around PEM is allowed, and carriage returns are.
            ("Subject: x\n\(S.ecCertificate)\ntrailing", "Bag Attributes\n\(S.ecKey)", nil),
            (S.ecCertificate.replacing("\n", with: "\r\n"), S.ecKey.replacing("\n", with: "\r\n"), nil),
            // A byte order mark is.
            ("\u{FEFF}" + S.ecCertificate, "\u{FEFF}" + S.ecKey, nil),
            // Both in one.
            (S.ecKey + "\n" + S.ecCertificate, S.ecKey + "\n" + S.ecCertificate, nil),
        ]
    )
    func keys(_ certificate: String, _ key: String, _ passphrase: String?) throws {
        let read = try DeviceCertificate(certificatePEM: certificate, keyPEM: key, passphrase: passphrase)
        #expect(["press-0001", "press-0002"].contains(read.commonName))
        try DeviceTLS(trustedCAFile: nil).check(read)
    }

    private static func cut(_ pem: String) -> String {
        pem.split(separator: "\n").dropLast(3).joined(separator: "\n")
    }

    /// A character in the middle is another.
    private static func damaged(_ pem: String) -> String {
        var lines = pem.split(separator: "\n").map(String.init)
        lines[lines.count / 2] = String(lines[lines.count / 2].reversed())
        return lines.joined(separator: "\n")
    }

    @Test(
        "what is wrong with a certificate is said",
        arguments: [
            ("", "the certificate's text has no certificate in PEM ('-----BEGIN CERTIFICATE-----'): it is empty"),
            ("hello", "found no PEM at all"), ("0\u{82}", "it looks like DER"), (S.ecKey, "found PRIVATE KEY"),
            (cut(S.ecCertificate), "certificate 1 of the certificate's text cannot be read"),
            (damaged(S.ecCertificate), "certificate 1 of the certificate's text cannot be read"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "certificate 1 of"),
            ("-----BEGIN CERTIFICATE-----\nÄ\n-----END CERTIFICATE-----\n", "certificate 1 of"),
            (S.ecCertificate + "\n" + cut(S.rsaCertificate), "certificate 2 of"),
            (
                // OpenSSL would ask for a passphrase at the terminal.
                S.ecKeySEC1Encrypted.replacing("EC PRIVATE KEY", with: "CERTIFICATE"), "certificate 1 of"
            ), (Array(repeating: S.ecCertificate, count: 17).joined(separator: "\n"), "has more than 16 certificates"),
        ]
    )
    func brokenCertificates(_ certificate: String, _ words: String) {
        expectRefusal(words) { () throws(DeviceClientError) in
            try DeviceCertificate(certificatePEM: certificate, keyPEM: S.ecKey)
        }
    }

    @Test(
        "what is wrong with a key is said, without showing it or its passphrase",
        arguments: [
            ("", nil, "the key's text has no private key in PEM ('-----BEGIN PRIVATE KEY-----'): it is empty"),
            ("hello", nil, "found no PEM at all"), (S.ecCertificate, nil, "found CERTIFICATE"),
            ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", nil, "found PUBLIC KEY"),
            (cut(S.rsaKey), nil, "the key of the key's text cannot be read"),
            (damaged(S.ecKey), nil, "the key of the key's text cannot be read"),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", nil, "cannot be read"),
            (S.ecKeyEncrypted, nil, "is encrypted; give its passphrase"),
            (S.ecKeySEC1Encrypted, nil, "is encrypted; give its passphrase"),
            (S.rsaKeyEncrypted, nil, "is encrypted; give its passphrase"),
            (S.ecKeyEncrypted, "battery", "is the passphrase right?"),
            (S.ecKeySEC1Encrypted, "battery", "is the passphrase right?"),
            (S.rsaKeyEncrypted, "battery", "is the passphrase right?"),
            (S.rsaKeyPKCS8Encrypted, "battery", "is the passphrase right?"),
            (S.ecKeyEncrypted, "", "is the passphrase right?"),
            (S.ecKeyEncrypted, String(repeating: "battery", count: 2000), "is the passphrase right?"),
            (cut(S.ecKeyEncrypted), S.passphrase, "cannot be"), (damaged(S.ecKeyEncrypted), S.passphrase, "cannot be"),
            (S.rsaKey, nil, "does not belong to the certificate of the certificate's text"),
        ]
    )
    func brokenKeys(_ key: String, _ passphrase: String?, _ words: String) {
        expectRefusal(words) { () throws(DeviceClientError) in
            try DeviceCertificate(certificatePEM: S.ecCertificate, keyPEM: key, passphrase: passphrase)
        }
    }

    @Test("a key that belongs to a later certificate is told so")
    func order() {
        expectRefusal("it belongs to certificate 2; the device's own has to come first") {
            () throws(DeviceClientError) in
            try DeviceCertificate(certificatePEM: S.rsaCertificate + "\n" + S.ecCertificate, keyPEM: S.ecKey)
        }
    }

    @Test("keys of kinds that hubs do not take are refused by name")
    func otherKinds() {
        expectRefusal("is a ED25519 key; expected RSA or EC") { () throws(DeviceClientError) in
            try DeviceCertificate(certificatePEM: S.edCertificate, keyPEM: S.edKey)
        }
    }

    @Test("files are named when there is something wrong with them")
    func files() throws {
        let directory = try TemporaryDirectory()
        let certificate = try directory.write(S.ecCertificate, to: "press.pem")
        let key = try directory.write(S.ecKeyEncrypted, to: "press.key")
        let both = try directory.write(S.ecCertificate + "\n" + S.ecKey, to: "both.pem")
        let read = try DeviceCertificate(certificateFile: certificate, keyFile: key, passphrase: S.passphrase)
        #expect(try DeviceCertificate.sha256Thumbprint(ofCertificateFile: certificate) == read.sha256Thumbprint)
        #expect(try DeviceCertificate(certificateFile: both, keyFile: both).sha256Thumbprint == read.sha256Thumbprint)
        let missing = directory.url.appendingPathComponent("none.pem").path
        for (certificate, key, words) in [
            (missing, key, "cannot read certificate file '\(missing)': No such file or directory"),
            (certificate, missing, "cannot read key file '\(missing)': No such file or directory"),
            (directory.url.path, key, "Is a directory"), (key, key, "'\(key)' has no certificate in PEM"),
            (certificate, certificate, "'\(certificate)' has no private key in PEM"),
            (certificate, key, "the key of key file '\(key)' is encrypted"),
            ("/dev/zero", key, "has more than 1 MB"),
        ] {
            expectRefusal(words) { () throws(DeviceClientError) in
                try DeviceCertificate(certificateFile: certificate, keyFile: key)
            }
        }
    }

    @Test("a certificate that OpenSSL does not show is refused when the client is made, not in the handshake")
    func weak() throws {
        var options = ClientOptions()
        options.certificate = try DeviceCertificate(certificatePEM: S.weakCertificate, keyPEM: S.weakKey)
        let error = try #require(throws: DeviceClientError.self) {
            _ = try DeviceClient.create(connectionString: "HostName=h;DeviceId=d;x509=true", options: options)
        }
        #expect(error.reason == .invalidArgument)
        #expect(error.message == "OpenSSL does not take the device's certificate: ee key too small")
    }

    @Test("the end of a certificate is noticed, and told with dates")
    func stages() throws {
        let certificate = try DeviceCertificate.selfSigned(commonName: "d", validity: 1_800_000_000...1_900_000_000)
        #expect(certificate.stage(at: 1_799_999_999) == .notYetGood)
        #expect(certificate.stage(at: 1_800_000_000) == .good)
        #expect(certificate.stage(at: 1_900_000_000 - 7 * 86_400 - 1) == .good)
        #expect(certificate.stage(at: 1_900_000_000 - 7 * 86_400) == .endsSoon)
        #expect(certificate.stage(at: 1_900_000_000) == .endsSoon)
        #expect(certificate.stage(at: 1_900_000_001) == .ended)
        #expect(certificate.problem(at: 1_900_000_000) == nil)
        let ended = try #require(certificate.problem(at: 1_900_000_001))
        #expect(ended.reason == .unauthorized)
        #expect(
            ended.message == "the certificate of 'd' has expired: it is good from 2027-01-15T08:00:00Z to "
                + "2030-03-17T17:46:40Z, and now is 2030-03-17T17:46:41Z"
        )
        #expect(certificate.problem(at: 0)?.message.contains("is not good yet") == true)
    }

    private func expectRefusal(
        _ words: String,
        _ make: () throws(DeviceClientError) -> DeviceCertificate,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: DeviceClientError.self, sourceLocation: sourceLocation) { _ = try make() }
        #expect(error?.reason == .invalidArgument, sourceLocation: sourceLocation)
        let message = error?.message ?? ""
        #expect(message.contains(words), "\(message)", sourceLocation: sourceLocation)
        for secret in [S.passphrase, "battery", "MHcCAQEEI", "MIGHAgEAM"] {
            #expect(!message.contains(secret), sourceLocation: sourceLocation)
        }
    }
}
