public import IoTHub

/// Signed tokens (JWT) put together by hand, so that tests can make bad ones as well.
public enum SignedToken {
    /// Puts a token together.
    /// - Parameters:
    ///   - header: what goes first.
    ///   - claims: what is signed.
    ///   - sign: signs the bytes of both.
    /// - Returns: the token.
    /// - Throws: what `sign` throws.
    public static func make(
        header: JSONObject,
        claims: JSONObject,
        sign: ([UInt8]) throws -> [UInt8]
    ) rethrows -> String {
        let signed = "\(Base64URL.encode(header.serialized())).\(Base64URL.encode(claims.serialized()))"
        return "\(signed).\(Base64URL.encode(try sign(Array(signed.utf8))))"
    }

    /// Takes a token apart; nil when it is none.
    public static func parts(
        _ token: String
    ) -> (header: JSONObject, claims: JSONObject, signed: [UInt8], signature: [UInt8])? {
        let pieces = token.split(separator: ".", omittingEmptySubsequences: false)
        guard pieces.count == 3, let header = object(pieces[0]), let claims = object(pieces[1]),
            let signature = Base64URL.decode(pieces[2])
        else { return nil }
        return (header, claims, Array("\(pieces[0]).\(pieces[1])".utf8), signature)
    }

    private static func object(_ text: Substring) -> JSONObject? {
        Base64URL.decode(text).flatMap { try? JSON(parsing: $0).objectValue }
    }
}
