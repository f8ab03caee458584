import Crypto
import Foundation
import IoTHub

/// The text in `x-ms-continuation`: a position in a query, and a checksum that ties it to the query's text.
///
/// The hub keeps nothing between pages, so a token stays good for as long as the hub lives, and after a restart. The
/// checksum is no secret: who forges a token can only start elsewhere in rows that he may read anyway.
enum ContinuationToken {
    private static let checksumSize = 16

    /// What a bad token is answered with. (The real hub's answer is not documented.)
    static let refusal = IoTHubError(
        .argumentInvalid,
        "BadRequest; x-ms-continuation is no token of this hub for this query; send the query again without it"
    )

    /// The token for a position in a query.
    static func text(for position: QueryPosition, in query: String) -> String {
        let content = Data(position.json.serialized())
        return (checksum(of: content, query) + content).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Reads a token.
    /// - Throws: `refusal` when the hub did not make it, or made it for another query.
    static func position(_ token: String, in query: String) throws(IoTHubError) -> QueryPosition {
        guard let bytes = bytes(of: token), bytes.count > checksumSize else { throw refusal }
        let content = Data(bytes.dropFirst(checksumSize))
        guard bytes.prefix(checksumSize) == checksum(of: content, query),
            let json = try? JSON(parsing: Array(content)), let position = QueryPosition(json: json)
        else { throw refusal }
        return position
    }

    private static func checksum(of content: Data, _ query: String) -> Data {
        var hash = SHA256()
        hash.update(data: content)
        hash.update(data: Data(query.utf8))
        return Data(hash.finalize().prefix(checksumSize))
    }

    private static func bytes(of token: String) -> Data? {
        // A token is never longer than a device id and some numbers.
        guard token.utf8.count <= 1024 else { return nil }
        let base = token.replacing("-", with: "+").replacing("_", with: "/")
        return Data(base64Encoded: base + String(repeating: "=", count: (4 - base.utf8.count % 4) % 4))
    }
}
