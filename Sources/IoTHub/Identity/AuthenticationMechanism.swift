import Crypto
import Foundation

/// How a device proves who it is.
public enum AuthenticationType: String, Sendable, Hashable {
    /// By a token signed with one of two symmetric keys.
    case sas
    /// By a certificate whose thumbprint is registered.
    case selfSigned
    /// By a certificate that chains to a certificate authority of the hub.
    case certificateAuthority
    /// Not at all: the device cannot connect.
    case none
}

/// The two shared access keys of a device or a policy.
public struct SymmetricKey: Sendable, Hashable {
    /// Base64 of 16 to 64 bytes; nil where the hub shall make one.
    public var primaryKey: String?
    /// Base64 of 16 to 64 bytes; nil where the hub shall make one.
    public var secondaryKey: String?

    /// Makes a pair of keys.
    public init(primaryKey: String? = nil, secondaryKey: String? = nil) {
        self.primaryKey = primaryKey
        self.secondaryKey = secondaryKey
    }

    /// A new random key of 32 bytes, in Base64.
    public static func randomKey() -> String {
        var generator = SystemRandomNumberGenerator()
        return Data((0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }).base64EncodedString()
    }

    /// The key of one device of an enrolment group: Base64 of HMAC-SHA256 of its registration id by the group's key.
    ///
    /// Source: Azure IoT Hub Device Provisioning Service documentation, "Symmetric key attestation".
    /// - Throws: `IoTHubError` with `argumentInvalid` when the group key is not Base64.
    public static func derivedKey(groupKey: String, registrationID: String) throws(IoTHubError) -> String {
        guard let key = Data(base64Encoded: groupKey), !key.isEmpty else {
            throw IoTHubError(.argumentInvalid, "the group key is not Base64")
        }
        let code = HMAC<SHA256>.authenticationCode(
            for: Data(registrationID.utf8),
            using: Crypto.SymmetricKey(data: key)
        )
        return Data(code).base64EncodedString()
    }

    /// Why a text is no key of the registry, as a clause; nil when it is one.
    static func problem(with key: String) -> String? {
        guard let bytes = Data(base64Encoded: key) else { return "is not Base64" }
        return (16...64).contains(bytes.count) ? nil : "has \(bytes.count) bytes; expected 16 to 64, in Base64"
    }
}

/// The thumbprints of a device with a self-signed certificate.
public struct X509Thumbprint: Sendable, Hashable {
    /// SHA-1 (40) or SHA-256 (64 hexadecimal digits) of the certificate.
    public var primaryThumbprint: String?
    /// The second one, for renewal without a gap.
    public var secondaryThumbprint: String?

    /// Makes a pair of thumbprints.
    public init(primaryThumbprint: String? = nil, secondaryThumbprint: String? = nil) {
        self.primaryThumbprint = primaryThumbprint
        self.secondaryThumbprint = secondaryThumbprint
    }
}

/// A device's kind of authentication and what goes with it.
public struct AuthenticationMechanism: Sendable, Hashable {
    /// How the device authenticates.
    public var type: AuthenticationType
    /// Its keys, with `sas`.
    public var symmetricKey: SymmetricKey?
    /// Its thumbprints, with `selfSigned`.
    public var x509Thumbprint: X509Thumbprint?

    /// Makes a mechanism; by default keys that the hub shall make.
    public init(
        type: AuthenticationType = .sas,
        symmetricKey: SymmetricKey? = SymmetricKey(),
        x509Thumbprint: X509Thumbprint? = nil
    ) {
        self.type = type
        self.symmetricKey = symmetricKey
        self.x509Thumbprint = x509Thumbprint
    }
}
