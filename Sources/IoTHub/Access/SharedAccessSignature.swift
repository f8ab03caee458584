import Crypto
import Foundation

/// A SAS token: a resource, an expiry, and an HMAC-SHA256 over both.
///
/// Source: Azure IoT Hub documentation, "Control access to IoT Hub with shared access signatures".
public struct SharedAccessSignature: Sendable, Hashable {
    /// The `sr` field exactly as it stands in the token: clients differ in the case of their escapes, and the
    /// signature is over this text.
    public let encodedResource: String
    /// The `se` field exactly as it stands in the token.
    private let encodedExpiry: String
    /// The `sig` field, decoded from its escapes: Base64.
    public let signature: String
    /// When the token ends, in whole seconds since 1970-01-01T00:00:00Z.
    public let expiry: Int64
    /// The `skn` field: the policy whose key signed; nil for a device's own key.
    public let policy: String?

    /// How far clocks may differ, in seconds, before a token counts as expired.
    public static let allowedClockSkew: Int64 = 300

    /// The resource without escapes, such as `myhub.azure-devices.net/devices/dev1`.
    public var resource: String { PercentEncoding.decode(encodedResource) }

    /// Makes a token.
    /// - Parameters:
    ///   - resource: without scheme and escapes: `{host}/devices/{id}` for a device, `{host}` for a policy.
    ///   - key: the shared access key, in Base64.
    ///   - expiry: in whole seconds since 1970-01-01T00:00:00Z.
    ///   - policy: the policy that the key belongs to; nil for a device's key.
    /// - Returns: the signed token.
    /// - Throws: `IoTHubError` with `argumentInvalid` when the key is not Base64; it never quotes the key.
    public static func create(
        resource: String,
        key: String,
        expiry: Int64,
        policy: String? = nil
    ) throws(IoTHubError) -> SharedAccessSignature {
        guard let bytes = Data(base64Encoded: key), !bytes.isEmpty else {
            throw IoTHubError(.argumentInvalid, "the shared access key is not Base64", path: "SharedAccessKey")
        }
        let encoded = PercentEncoding.encode(resource)
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("\(encoded)\n\(expiry)".utf8),
            using: Crypto.SymmetricKey(data: bytes)
        )
        return SharedAccessSignature(
            encodedResource: encoded,
            encodedExpiry: String(expiry),
            signature: Data(code).base64EncodedString(),
            expiry: expiry,
            policy: policy
        )
    }

    private init(
        encodedResource: String,
        encodedExpiry: String,
        signature: String,
        expiry: Int64,
        policy: String?
    ) {
        self.encodedResource = encodedResource
        self.encodedExpiry = encodedExpiry
        self.signature = signature
        self.expiry = expiry
        self.policy = policy
    }

    /// The token's text.
    public var token: String {
        let start = "SharedAccessSignature sr=\(encodedResource)&sig=\(PercentEncoding.encode(signature))"
        return "\(start)&se=\(encodedExpiry)" + (policy.map { "&skn=\(PercentEncoding.encode($0))" } ?? "")
    }

    /// Reads a token; its fields may stand in any order, unknown ones are ignored.
    /// - Throws: `IoTHubError` with `iotHubUnauthorized` that names the missing or wrong field, never its value.
    public init(parsing text: String) throws(IoTHubError) {
        let prefix = "SharedAccessSignature "
        guard text.hasPrefix(prefix) else {
            throw IoTHubError(.iotHubUnauthorized, "expected a token that begins with 'SharedAccessSignature '")
        }
        var fields: [Substring: Substring] = [:]
        for field in text.dropFirst(prefix.count).split(separator: "&") {
            guard let equals = field.firstIndex(of: "=") else { continue }
            fields[field[..<equals]] = field[field.index(after: equals)...]
        }
        func field(_ name: Substring) throws(IoTHubError) -> String {
            guard let value = fields[name], !value.isEmpty else {
                throw IoTHubError(.iotHubUnauthorized, "the token has no '\(name)' field")
            }
            return String(value)
        }
        let expiryText = try field("se")
        guard let expiry = Int64(expiryText), expiry >= 0 else {
            throw IoTHubError(.iotHubUnauthorized, "the token's 'se' field is not a count of seconds")
        }
        self.init(
            encodedResource: try field("sr"),
            encodedExpiry: expiryText,
            signature: PercentEncoding.decode(try field("sig")),
            expiry: expiry,
            policy: fields["skn"].map { PercentEncoding.decode($0) }.flatMap { $0.isEmpty ? nil : $0 }
        )
    }

    /// Whether one of these keys (Base64) made the signature; compares in constant time.
    public func isSigned(by keys: [String]) -> Bool {
        guard let code = Data(base64Encoded: signature) else { return false }
        let signed = Data("\(encodedResource)\n\(encodedExpiry)".utf8)
        return keys.contains { key in
            guard let bytes = Data(base64Encoded: key), !bytes.isEmpty else { return false }
            return HMAC<SHA256>.isValidAuthenticationCode(
                code,
                authenticating: signed,
                using: Crypto.SymmetricKey(data: bytes)
            )
        }
    }

    /// Whether the token is good for a resource: equal to it, or a prefix of it by whole segments.
    ///
    /// Hosts compare without case and without port (a client whose HostName has one signs it), ids with case.
    /// - Parameters:
    ///   - other: without scheme and escapes.
    ///   - ignoringHost: for a hub behind a gateway name, where clients sign another host than they reach.
    /// - Returns: true when it is.
    public func covers(resource other: String, ignoringHost: Bool = false) -> Bool {
        let own = Self.segments(resource)
        let wanted = Self.segments(other)
        guard let ownHost = own.first, let wantedHost = wanted.first, own.count <= wanted.count else { return false }
        guard ignoringHost || ownHost == wantedHost else { return false }
        return zip(own, wanted).dropFirst().allSatisfy { $0 == $1 }
    }

    /// Whether the token has ended at a time (seconds since 1970-01-01T00:00:00Z), with the allowed skew.
    public func isExpired(at seconds: Int64) -> Bool {
        let (limit, overflow) = expiry.addingReportingOverflow(Self.allowedClockSkew)
        return !overflow && seconds > limit
    }

    private static func segments(_ resource: String) -> [String] {
        var text = resource[...]
        if let scheme = text.range(of: "://") { text = text[scheme.upperBound...] }
        var parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        // A trailing slash adds nothing.
        while parts.count > 1, parts.last == "" { parts.removeLast() }
        if let host = parts.first {
            parts[0] = host.prefix { $0 != ":" }.lowercased()
        }
        return parts
    }
}

extension SharedAccessSignature: CustomStringConvertible {
    /// Resource, expiry and policy; the signature is left out.
    public var description: String {
        "SharedAccessSignature sr=\(encodedResource)&sig=…&se=\(encodedExpiry)" + (policy.map { "&skn=\($0)" } ?? "")
    }
}
