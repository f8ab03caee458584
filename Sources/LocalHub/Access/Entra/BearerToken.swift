import IoTHub

/// A signed token (JWT) taken apart; nothing in it is believed yet.
///
/// Source: RFC 7515 and RFC 7519.
struct BearerToken: Sendable {
    /// More is no access token: the largest have a few kilobytes of groups.
    private static let largest = 16 * 1024

    /// The name of the signature's algorithm.
    let algorithm: String
    /// Which key has signed it.
    let keyID: String?
    let claims: JSON
    /// What the signature is over.
    let signed: [UInt8]
    let signature: [UInt8]

    /// The token in an `Authorization` header; nil when it is of another scheme.
    static func text(in header: String) -> Substring? {
        let parts = header.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard let scheme = parts.first, scheme.lowercased() == "bearer" else { return nil }
        return parts.count == 2 ? parts[1].drop { $0 == " " } : ""
    }

    /// Takes a token apart.
    /// - Throws: `IoTHubError` with `iotHubUnauthorized` that says what it is not; it never quotes the token.
    init(parsing text: Substring) throws(IoTHubError) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.largest, parts.count == 3, let header = Self.json(parts[0]),
            let algorithm = header["alg"]?.stringValue, let claims = Self.json(parts[1]), claims.objectValue != nil,
            let signature = Base64URL.decode(parts[2])
        else {
            throw .unauthorized("the access token is no signed token (JWT)")
        }
        // Whoever does not understand such an extension must refuse the token (RFC 7515, 4.1.11).
        guard header["crit"] == nil else { throw .unauthorized("the access token demands unknown extensions (crit)") }
        self.algorithm = algorithm
        keyID = header["kid"]?.stringValue
        self.claims = claims
        signed = Array("\(parts[0]).\(parts[1])".utf8)
        self.signature = signature
    }

    /// A claim in seconds since 1970, which may have a fraction.
    func seconds(_ claim: String) -> Int64? {
        guard let value = claims[claim] else { return nil }
        return value.integerValue ?? value.doubleValue.flatMap { Int64(exactly: $0.rounded(.down)) }
    }

    /// A claim that is one text or several.
    func texts(_ claim: String) -> [String] {
        guard let value = claims[claim] else { return [] }
        return value.stringValue.map { [$0] } ?? value.arrayValue?.compactMap(\.stringValue) ?? []
    }

    private static func json(_ part: Substring) -> JSON? {
        Base64URL.decode(part).flatMap { try? JSON(parsing: $0) }
    }
}

extension IoTHubError {
    /// The refusal of a sender that has not proved who it is.
    static func unauthorized(_ reason: String) -> IoTHubError {
        IoTHubError(.iotHubUnauthorized, "Unauthorized: \(reason)")
    }
}
