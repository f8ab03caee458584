import Foundation

/// The opaque version text of a twin or a device identity.
public struct ETag: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The text without quotes, such as `AAAAAAAAAAE=`.
    public let rawValue: String

    /// Makes an ETag from its text, without quotes.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The ETag of a twin: Base64 of an 8-byte big-endian counter.
    public init(twinCounter: UInt64) {
        rawValue = withUnsafeBytes(of: twinCounter.bigEndian) { Data($0).base64EncodedString() }
    }

    /// The ETag of a device identity: Base64 of a decimal number.
    public init(identityCounter: UInt64) {
        rawValue = Data(String(identityCounter).utf8).base64EncodedString()
    }

    /// The counter that the ETag of a twin was made from; nil when it is no such ETag.
    var twinCounter: UInt64? {
        guard let bytes = Data(base64Encoded: rawValue), bytes.count == 8 else { return nil }
        return bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The counter that the ETag of an identity was made from; nil when it is no such ETag.
    public var identityCounter: UInt64? {
        Data(base64Encoded: rawValue).flatMap { UInt64(String(decoding: $0, as: UTF8.self)) }
    }

    /// The text without quotes.
    public var description: String { rawValue }

    /// The text as an HTTP header carries it, in double quotes.
    public var quoted: String { "\"\(rawValue)\"" }

    /// Whether an `If-Match` header allows a write.
    ///
    /// A missing header and `*` always do; quotes and a weak marker `W/` are stripped first, since the official SDKs
    /// send even the star in quotes. That a missing header is unconditional is not documented; the hub takes it so.
    public static func matches(ifMatch header: String?, current: ETag) -> Bool {
        guard let header else { return true }
        let text = unquoted(header)
        return text == "*" || text == current.rawValue
    }

    /// The text of a header value without weak marker, surrounding spaces and quotes.
    public static func unquoted(_ header: String) -> String {
        var text = header.trimmingCharacters(in: .whitespaces)[...]
        if text.hasPrefix("W/") { text = text.dropFirst(2) }
        if text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") { text = text.dropFirst().dropLast() }
        return String(text)
    }
}
