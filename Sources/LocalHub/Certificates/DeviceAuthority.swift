import Foundation
import IoTHub
import NIOSSL
import SwiftASN1
import X509

/// A certificate authority whose certificates devices of the type `certificateAuthority` may show.
public struct DeviceAuthority: Sendable, Hashable {
    /// What the hub calls it.
    public var name: String
    /// Its certificate, as PEM: one, and nothing of its key is needed.
    public var pem: String

    /// Names a certificate authority.
    /// - Parameters:
    ///   - name: 1 to 64 letters, digits, hyphens, points or underscores.
    ///   - pem: its certificate.
    public init(name: String, pem: String) {
        self.name = name
        self.pem = pem
    }

    /// The most that a hub has.
    ///
    /// Source: Azure IoT Hub documentation, "IoT Hub quotas and throttling".
    private static let maximumCount = 25

    /// Refuses more authorities than a hub may have.
    /// - Throws: `LocalHubError` with `badAuthority`.
    static func check(count: Int) throws(LocalHubError) {
        guard count > maximumCount else { return }
        throw LocalHubError(
            .badAuthority,
            "\(count) certificate authorities are too many; a hub has \(maximumCount) at most"
        )
    }
}

/// A registered authority with its certificate read.
struct TrustedAuthority: Sendable, Hashable {
    let name: String
    let certificate: Certificate

    /// Reads an authority that the hub has kept, whatever became of it since.
    /// - Throws: `LocalHubError` that names it.
    init(kept authority: DeviceAuthority) throws(LocalHubError) {
        name = authority.name
        do {
            certificate = try Certificate(pemEncoded: authority.pem)
        } catch {
            throw Self.bad(authority, "its certificate cannot be read: \(error)")
        }
    }

    /// Reads an authority that is to be registered.
    /// - Throws: `LocalHubError` with `badAuthority` that says what was found and what was expected.
    init(registering authority: DeviceAuthority, at now: Date) throws(LocalHubError) {
        name = authority.name
        let isName =
            (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-._".utf8.contains(byte)
            }
        guard isName else {
            throw LocalHubError(
                .badAuthority,
                "'\(name.prefix(80))' is no name for a certificate authority; expected 1 to 64 letters, digits, '-', '.' "
                    + "or '_'"
            )
        }
        guard authority.pem.contains("-----BEGIN CERTIFICATE-----") else {
            throw Self.bad(
                authority,
                "there is no certificate in it; expected PEM text with 'BEGIN CERTIFICATE' ('openssl x509 -inform der' "
                    + "makes it from DER)"
            )
        }
        let found: [NIOSSLCertificate]
        do {
            found = try NIOSSLCertificate.fromPEMBytes(Array(authority.pem.utf8))
            guard found.count == 1, let only = found.first else {
                throw Self.bad(
                    authority,
                    "there are \(found.count) certificates in it; expected one, that of the authority itself"
                )
            }
            certificate = try Certificate(derEncoded: try only.toDERBytes())
        } catch {
            throw error as? LocalHubError ?? Self.bad(authority, "its certificate cannot be read: \(error)")
        }
        let mayIssue: Bool
        do {
            let isAuthority: Bool =
                if case .isCertificateAuthority = try certificate.extensions.basicConstraints { true } else { false }
            mayIssue = try isAuthority && certificate.extensions.keyUsage?.keyCertSign ?? true
        } catch {
            throw Self.bad(authority, "its extensions cannot be read: \(error)")
        }
        guard mayIssue else {
            throw Self.bad(
                authority,
                "the certificate of '\(certificate.subject)' is not that of a certificate authority: expected basic "
                    + "constraints with CA:TRUE, and a key usage that has keyCertSign or is absent"
            )
        }
        guard certificate.notValidAfter > now else {
            let seconds = Int64(certificate.notValidAfter.timeIntervalSince1970)
            let end = HubTimestamp(secondsSinceEpoch: seconds, nanoseconds: 0)
            throw Self.bad(authority, "the certificate of '\(certificate.subject)' expired at \(end)")
        }
    }

    /// Reads authorities that are to be registered together.
    /// - Throws: `LocalHubError` with `badAuthority`, also for a name that is there twice.
    static func read(
        registering authorities: [DeviceAuthority],
        at now: Date
    ) throws(LocalHubError) -> [TrustedAuthority] {
        var read: [TrustedAuthority] = []
        for authority in authorities {
            guard !read.contains(where: { $0.name == authority.name }) else {
                throw LocalHubError(
                    .badAuthority,
                    "the certificate authority '\(authority.name)' is given twice; give each a name of its own"
                )
            }
            read.append(try TrustedAuthority(registering: authority, at: now))
        }
        try DeviceAuthority.check(count: read.count)
        return read
    }

    /// The certificate alone, whatever stood beside it in the text that was given.
    var kept: DeviceAuthority {
        get throws(LocalHubError) {
            do {
                return DeviceAuthority(name: name, pem: try certificate.serializeAsPEM().pemString + "\n")
            } catch {
                throw LocalHubError(.badAuthority, "the certificate of '\(name)' cannot be written: \(error)")
            }
        }
    }

    private static func bad(_ authority: DeviceAuthority, _ problem: String) -> LocalHubError {
        LocalHubError(.badAuthority, "the certificate authority '\(authority.name)' is not taken: \(problem)")
    }
}
