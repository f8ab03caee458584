import Foundation
import IoTHub
import X509

/// When a certificate, or a whole chain, is valid: in seconds since 1970-01-01T00:00:00Z, both ends included.
struct CertificateValidity: Sendable, Hashable {
    var notBefore: Int64
    var notAfter: Int64

    init(notBefore: Int64, notAfter: Int64) {
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    /// The time at which all of these are valid; empty when the end comes before the beginning.
    init(of chain: some Sequence<Certificate>) {
        self.init(notBefore: .min, notAfter: .max)
        for certificate in chain {
            notBefore = max(notBefore, Int64(certificate.notValidBefore.timeIntervalSince1970))
            notAfter = min(notAfter, Int64(certificate.notValidAfter.timeIntervalSince1970))
        }
    }

    func contains(_ seconds: Int64) -> Bool { notBefore <= seconds && seconds <= notAfter }

    /// What is wrong at a time, as a clause; nil when nothing is.
    func problem(at seconds: Int64) -> String? {
        if seconds > notAfter { return "expired at \(Self.text(notAfter))" }
        return seconds < notBefore ? "is not valid before \(Self.text(notBefore))" : nil
    }

    private static func text(_ seconds: Int64) -> String {
        HubTimestamp(secondsSinceEpoch: seconds, nanoseconds: 0).description
    }
}
