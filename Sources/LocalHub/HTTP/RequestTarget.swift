import IoTHub

/// The path and the query of a request, decoded.
struct RequestTarget: Sendable, Hashable {
    /// The decoded parts of the path; a trailing slash adds none, since the .NET SDK posts to `/devices/`.
    let segments: [String]
    /// The decoded query; of two values with one name the first stands.
    let query: [String: String]

    init(_ text: String) {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var raw = (parts.first ?? "").split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        if raw.last == "" { raw.removeLast() }
        segments = raw.map { PercentEncoding.decode($0) }
        var query: [String: String] = [:]
        for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = PercentEncoding.decode(sides.first ?? "")
            if query[name] == nil { query[name] = PercentEncoding.decode(sides.count > 1 ? sides[1] : "") }
        }
        self.query = query
    }

    /// The decoded path.
    var path: String { "/" + segments.joined(separator: "/") }

    /// Checks that the request says which version of the API it speaks.
    ///
    /// Any date is accepted, as by Microsoft's own edge hub.
    /// - Throws: `IoTHubError` with `invalidProtocolVersion`.
    func checkAPIVersion() throws(IoTHubError) {
        guard let version = query["api-version"], Self.isDate(version.prefix(10)) else {
            throw IoTHubError(
                .invalidProtocolVersion,
                "expected api-version=2021-04-12 or another date in the query, found "
                    + (query["api-version"].map { "'\($0.prefix(40))'" } ?? "none")
            )
        }
    }

    private static func isDate(_ text: Substring) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 10 else { return false }
        return bytes.enumerated().allSatisfy { index, byte in
            index == 4 || index == 7
                ? byte == UInt8(ascii: "-") : (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
    }
}
