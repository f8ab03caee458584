import IoTHub

/// A token that lets its bearer in, until it expires.
///
/// Texts made from it never hold the token itself; whoever needs that reads ``token``.
public struct AccessToken: Sendable, Hashable {
    /// The token, as it goes behind `Bearer`.
    public var token: String

    /// When it expires, in seconds since 1970.
    public var expiresOn: Int64

    /// Creates a token.
    ///
    /// - Parameters:
    ///   - token: The token, without `Bearer`.
    ///   - expiresOn: When it expires, in seconds since 1970.
    public init(token: String, expiresOn: Int64) {
        self.token = token
        self.expiresOn = expiresOn
    }
}

extension AccessToken: CustomStringConvertible, CustomReflectable {
    /// When it expires; not the token.
    public var description: String {
        "an access token that expires at \(HubTimestamp(secondsSinceEpoch: expiresOn, nanoseconds: 0))"
    }

    /// The same for dumps.
    public var customMirror: Mirror { Mirror(self, children: ["expiresOn": expiresOn]) }
}
