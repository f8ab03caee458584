import Crypto
import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOSSL
import SwiftASN1
@_spi(FixedExpiryValidationTime) @_spi(DisableValidityCheck) import X509

/// Takes whatever certificates clients show in TLS handshakes, and finds out which of them chain to an authority that is
/// registered with the hub.
///
/// That takes place once, in the handshake that shows the chain, since it takes time. A client that resumes a session
/// shows nothing again: all that TLS keeps is the certificate itself, so what was found out about it is remembered here.
/// That a certificate chains to an authority stays true, whoever shows it next and with what beside it. Clients without a
/// certificate cost nothing.
final class ClientCertificateCheck: Sendable {
    /// Most certificates of a chain that are looked at.
    ///
    /// Whoever connects may send any, and the ways through certificates that all name each other grow with the factorial.
    static let longestChain = 6
    /// About how many trusted certificates are remembered: far more than a hub has connections.
    private static let rememberedTrust = 50_000
    /// About for how many others it is remembered why they are not trusted; anybody can make such.
    private static let rememberedReasons = 1_000

    private struct Findings: Sendable {
        var trusted = RecentValues<SHA256Digest, ClientCertificates.Trust>(capacity: rememberedTrust)
        var untrusted = RecentValues<SHA256Digest, ClientCertificates.Trust>(capacity: rememberedReasons)

        mutating func keep(_ trust: ClientCertificates.Trust, of leaf: SHA256Digest) {
            if case .trusted = trust { trusted[leaf] = trust } else { untrusted[leaf] = trust }
        }
    }

    private let authorities: [TrustedAuthority]
    private let roots: CertificateStore
    private let seconds: @Sendable () -> Int64
    private let findings = NIOLockedValueBox(Findings())
    private let checks = LooseTasks()

    /// Makes a check.
    /// - Parameters:
    ///   - authorities: the registered ones.
    ///   - seconds: the hub's wall clock, since 1970-01-01T00:00:00Z.
    init(
        authorities: [TrustedAuthority] = [],
        seconds: @escaping @Sendable () -> Int64 = DeviceClock.system.secondsSinceEpoch
    ) {
        self.authorities = authorities
        self.seconds = seconds
        roots = CertificateStore(authorities.map(\.certificate))
    }

    /// Takes the certificates of a handshake; TLS then asks for the proof that the client has the key.
    @Sendable func take(_ shown: [NIOSSLCertificate], _ taken: EventLoopPromise<NIOSSLVerificationResult>) {
        guard !authorities.isEmpty, let chain = try? shown.map({ try $0.toDERBytes() }), let leaf = chain.first else {
            return taken.succeed(.certificateVerified)
        }
        let now = seconds()
        let key = SHA256.hash(data: leaf)
        if case .trusted(_, let validity) = findings.withLockedValue({ $0.trusted[key] }), validity.contains(now) {
            return taken.succeed(.certificateVerified)
        }
        checks.run {
            let trust = await self.trust(in: chain, at: now)
            self.findings.withLockedValue { $0.keep(trust, of: key) }
            taken.succeed(.certificateVerified)
            // Until it has come to the connection's event loop.
            _ = try? await taken.futureResult.get()
        }
    }

    /// Waits for the checks that are under way; to be called when no connections come any more, before their event loops end.
    func stop() async { await checks.end() }

    /// What is known of a certificate that a client showed, in this handshake or in the one that it resumes.
    func certificates(_ leaf: NIOSSLCertificate) -> ClientCertificates? {
        guard let bytes = try? leaf.toDERBytes() else { return nil }
        let key = SHA256.hash(data: bytes)
        let known = authorities.isEmpty ? nil : findings.withLockedValue { $0.trusted[key] ?? $0.untrusted[key] }
        return ClientCertificates(
            leaf: bytes,
            validity: CertificateValidity(
                notBefore: Int64(leaf.notValidBefore),
                notAfter: Int64(leaf.notValidAfter)
            ),
            trust: known ?? .untrusted(authorities.isEmpty ? Self.noAuthorities : Self.forgotten)
        )
    }

    private static let noAuthorities =
        "no certificate authority is registered with the hub; 'twinfleet hub ca add', or --ca, registers one"
    private static let forgotten =
        "the hub does not remember the certificates of the TLS session that was resumed; connect with a new session"

    /// Whether a chain, the device's certificate first, leads to a registered authority.
    func trust(in chain: [[UInt8]], at seconds: Int64) async -> ClientCertificates.Trust {
        guard chain.count <= Self.longestChain else {
            return .untrusted("\(chain.count) certificates were sent; at most \(Self.longestChain) are looked at")
        }
        let leaf: Certificate
        do {
            guard let bytes = chain.first else { return .untrusted("none was sent") }
            leaf = try Certificate(derEncoded: bytes)
        } catch {
            return .untrusted("it cannot be read: \(error)")
        }
        // One that cannot be read leads nowhere.
        let others = CertificateStore(chain.dropFirst().compactMap { try? Certificate(derEncoded: $0) })
        let now = Date(timeIntervalSince1970: TimeInterval(seconds))
        var reasons: [String] = []
        // A chain that is not valid now is told apart from none; its times go along, and decide.
        for policy in [RFC5280Policy(fixedExpiryValidationTime: now), .withValidityCheckDisabled()] {
            var verifier = Verifier(rootCertificates: roots) {
                policy
                AnyPurpose()
            }
            switch await verifier.validate(leaf: leaf, intermediates: others) {
            case .validCertificate(let found):
                let authority = authorities.first { $0.certificate == found.root }
                return .trusted(authority: authority?.name ?? "?", CertificateValidity(of: found))
            case .couldNotValidate(let failures):
                guard !failures.isEmpty else {
                    return .untrusted("it does not chain to a certificate authority that is registered with the hub")
                }
                reasons = failures.map { Self.text($0.policyFailureReason.description) }
            }
        }
        return .untrusted("a certificate of its chain \(reasons.joined(separator: "; "))")
    }

    /// The end of a text that has a whole certificate in its middle.
    private static func text(_ reason: String) -> String {
        let end = reason.lastIndex(of: ")").map { reason.index(after: $0) } ?? reason.startIndex
        return String(reason[end...].drop { $0 == " " }.prefix(200))
    }
}

/// Leaves open what a certificate may be used for.
///
/// Whether the real hub insists on TLS clients as an extended key usage is not documented; here it does not, so that
/// devices with plain certificates come in.
private struct AnyPurpose: VerifierPolicy {
    let verifyingCriticalExtensions: [ASN1ObjectIdentifier] = [
        .X509ExtensionID.extendedKeyUsage, .X509ExtensionID.subjectAlternativeName,
    ]

    func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) -> PolicyEvaluationResult { .meetsPolicy }
}
