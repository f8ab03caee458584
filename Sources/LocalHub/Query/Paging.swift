import IoTHub

/// The paging headers of a request.
struct Paging: Sendable, Hashable {
    /// Most rows in a page, and how many it has when the request does not say.
    static let largestPage = 100

    /// `x-ms-max-item-count` as sent.
    var maxItemCount: String?
    /// `x-ms-continuation` as sent; nil or empty for the first page.
    var continuation: String?

    /// How many rows the page may have; a number over the limit counts as the limit (what the real hub does then is
    /// not documented).
    /// - Throws: `IoTHubError` with `argumentInvalid` for what is no number above 0.
    func pageSize() throws(IoTHubError) -> Int {
        guard let maxItemCount else { return Self.largestPage }
        guard let count = Int(maxItemCount), count > 0 else {
            throw IoTHubError(
                .argumentInvalid,
                "x-ms-max-item-count: '\(maxItemCount.prefix(20))' is not a number from 1 to \(Self.largestPage)"
            )
        }
        return min(count, Self.largestPage)
    }

    /// Where the page starts, in a query with this text; nil for its beginning.
    /// - Throws: `IoTHubError` with `argumentInvalid` for a token that is none.
    func position(in query: String) throws(IoTHubError) -> QueryPosition? {
        guard let continuation, !continuation.isEmpty else { return nil }
        return try ContinuationToken.position(continuation, in: query)
    }
}
