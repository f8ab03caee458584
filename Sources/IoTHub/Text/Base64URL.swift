import Foundation

/// Base64 as URLs and signed tokens have it: `-` and `_` in place of `+` and `/`, no padding (RFC 7515, 2).
package enum Base64URL {
    /// The text of bytes.
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let plain = Data(Array(bytes)).base64EncodedString()
        return plain.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// The bytes of a text; nil when it is none.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        guard text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "=") })
        else {
            return nil
        }
        let plain = String(text).replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        return Data(base64Encoded: plain + padding).map { Array($0) }
    }
}
