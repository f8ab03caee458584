import IoTHub
import TestKit
import Testing

@testable import LocalHub

@Suite("whose certificate it is")
struct DeviceCertificateCheckTests {
    static let now: Int64 = 1_700_000_000
    static let lifetime = CertificateValidity(notBefore: now - 100, notAfter: now + 100)

    /// What a client may show.
    enum Shown: CaseIterable {
        case nothing
        /// Its thumbprint is registered, nothing else is right.
        case registered
        /// Neither thumbprint nor authority are known.
        case foreign
        /// By a registered authority, for this device.
        case issued
        /// By a registered authority, for another device.
        case issuedToAnother
    }

    static let own = Result { try TestCertificate.selfSigned(commonName: "whatever") }
    static let stranger = Result { try TestCertificate.selfSigned(commonName: "dev1") }
    static let another = Result { try TestCertificate.selfSigned(commonName: "dev2") }

    static func certificates(
        _ shown: Shown,
        validity: CertificateValidity = lifetime,
        chain: CertificateValidity = lifetime
    ) throws -> ClientCertificates? {
        let trusted = ClientCertificates.Trust.trusted(authority: "plant", chain)
        return switch shown {
        case .nothing: nil
        case .registered: ClientCertificates(leaf: try own.get().der, validity: validity, trust: .untrusted("why"))
        case .foreign: ClientCertificates(leaf: try stranger.get().der, validity: validity, trust: .untrusted("why"))
        case .issued: ClientCertificates(leaf: try stranger.get().der, validity: validity, trust: trusted)
        case .issuedToAnother: ClientCertificates(leaf: try another.get().der, validity: validity, trust: trusted)
        }
    }

    static func problem(
        _ type: AuthenticationType,
        _ certificates: ClientCertificates?,
        thumbprints: [String]? = nil,
        at seconds: Int64 = now
    ) throws -> String? {
        let device = DeviceAuthentication(
            status: .enabled,
            primaryKey: nil,
            secondaryKey: nil,
            type: type,
            thumbprints: try thumbprints ?? [String(repeating: "0", count: 40), own.get().sha256Thumbprint]
        )
        return DeviceCertificateCheck.problem(with: certificates, for: "dev1", device: device, at: seconds)
    }

    @Test(
        "every type of device with everything that can be shown",
        arguments: [
            (.selfSigned, .nothing, "none was shown"), (.selfSigned, .registered, nil),
            (.selfSigned, .foreign, "thumbprint does not match configuration"),
            (.selfSigned, .issued, "thumbprint does not match configuration"),
            (.selfSigned, .issuedToAnother, "thumbprint does not match configuration"),
            (.certificateAuthority, .nothing, "none was shown"),
            (.certificateAuthority, .registered, "the certificate is not trusted: why"),
            (.certificateAuthority, .foreign, "the certificate is not trusted: why"),
            (.certificateAuthority, .issued, nil),
            (.certificateAuthority, .issuedToAnother, "'dev2'; expected the device id"),
            (.none, .nothing, "type is none"), (.none, .registered, "type is none"), (.none, .foreign, "type is none"),
            (.none, .issued, "type is none"), (.none, .issuedToAnother, "type is none"),
            (.sas, .nothing, "with a token"), (.sas, .registered, "with a token"), (.sas, .foreign, "with a token"),
            (.sas, .issued, "with a token"), (.sas, .issuedToAnother, "with a token"),
        ] as [(AuthenticationType, Shown, String?)]
    )
    func table(type: AuthenticationType, shown: Shown, words: String?) throws {
        let problem = try Self.problem(type, try Self.certificates(shown))
        if let words {
            #expect(problem?.contains(words) == true, "\(problem ?? "nothing")")
        } else {
            #expect(problem == nil)
        }
    }

    @Test("a thumbprint is of SHA-1 or SHA-256, in letters of either case; a part of one is none")
    func thumbprints() throws {
        let own = try Self.own.get()
        let shown = try Self.certificates(.registered)
        for good in [
            own.sha1Thumbprint, own.sha256Thumbprint, own.sha1Thumbprint.lowercased(),
            own.sha256Thumbprint.lowercased(),
        ] {
            #expect(try Self.problem(.selfSigned, shown, thumbprints: [good]) == nil, "\(good)")
        }
        let other = try Self.stranger.get()
        for bad in [
            "", String(own.sha256Thumbprint.prefix(40)), String(own.sha1Thumbprint.dropLast()), other.sha1Thumbprint,
            other.sha256Thumbprint,
        ] {
            #expect(try Self.problem(.selfSigned, shown, thumbprints: [bad]) != nil, "\(bad)")
        }
        #expect(try Self.problem(.selfSigned, shown, thumbprints: []) != nil)
    }

    @Test(
        "a certificate counts from its first to its last second, and so do those above it",
        arguments: [.selfSigned, .certificateAuthority] as [AuthenticationType]
    )
    func validity(type: AuthenticationType) throws {
        let shown = try Self.certificates(type == .selfSigned ? .registered : .issued)
        for (seconds, words) in [
            (Self.now - 101, "is not valid before 2023-11-14T22:11:40Z"), (Self.now - 100, nil), (Self.now + 100, nil),
            (Self.now + 101, "expired at 2023-11-14T22:15:00Z"),
        ] {
            let problem = try Self.problem(type, shown, at: seconds)
            #expect(words.map { problem?.contains($0) == true } ?? (problem == nil), "\(problem ?? "nothing")")
        }
        let short = CertificateValidity(notBefore: Self.now - 10, notAfter: Self.now + 10)
        let chained = try Self.certificates(type == .selfSigned ? .registered : .issued, chain: short)
        // Nobody looks at the chain of a certificate that is registered itself.
        let problem = try Self.problem(type, chained, at: Self.now + 11)
        if type == .selfSigned {
            #expect(problem == nil)
        } else {
            #expect(problem?.contains("the authority 'plant', or one between it and the certificate, expired") == true)
        }
    }

    @Test(
        "the common name is the device id to the letter, and the only one",
        arguments: ["DEV1", "dev1 ", "dev", "dev11", "dev1/m1", ""]
    )
    func commonName(name: String) throws {
        let certificate = try TestCertificate.selfSigned(commonName: name)
        let shown = ClientCertificates(
            leaf: certificate.der,
            validity: Self.lifetime,
            trust: .trusted(authority: "plant", Self.lifetime)
        )
        #expect(try Self.problem(.certificateAuthority, shown)?.contains("expected the device id") == true)
    }

    @Test("what is no certificate has no name")
    func garbage() throws {
        let shown = ClientCertificates(
            leaf: [1, 2, 3],
            validity: Self.lifetime,
            trust: .trusted(authority: "plant", Self.lifetime)
        )
        #expect(shown.commonName == nil)
        #expect(try Self.problem(.certificateAuthority, shown)?.contains("missing") == true)
    }
}
