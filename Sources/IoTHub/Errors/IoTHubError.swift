/// A refusal in the hub's own terms: code, text, and the place in the document where there is one.
public struct IoTHubError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of refusal it is.
    public var code: IoTHubErrorCode
    /// What was found and what was expected; it never holds a key or a token.
    public var message: String
    /// The place in a twin or a connection string, such as `properties.reported.fan.rpm`; nil when there is none.
    public var path: String?

    /// Makes an error.
    public init(_ code: IoTHubErrorCode, _ message: String, path: String? = nil) {
        self.code = code
        self.message = message
        self.path = path
    }

    /// Code, name and text, as one line.
    public var description: String { "\(code.rawValue) \(code.name): \(message)" }
}
