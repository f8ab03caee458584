import IoTHub

/// The tokens that came over a connection.
struct AMQPTokens {
    struct Entry {
        /// The host of its audience, or of the connection.
        var host: String?
        var token: SharedAccessSignature
    }

    private var entries: [AMQPAudience.Scope: Entry] = [:]
    /// Before it none of them ends; nil while there are none.
    private var firstExpiry: Int64?

    var isEmpty: Bool { entries.isEmpty }

    /// Keeps a token in place of the one before for the same audience.
    /// - Throws: `IoTHubError` with `iotHubMaxCbsTokenExceeded`.
    mutating func put(_ entry: Entry, for scope: AMQPAudience.Scope) throws(IoTHubError) {
        guard entries[scope] != nil || entries.count < AMQPAuthorizer.maximumTokens else {
            throw IoTHubError(
                .iotHubMaxCbsTokenExceeded,
                "there are \(entries.count) tokens on the connection; open another for more devices"
            )
        }
        entries[scope] = entry
        // The one before may have ended sooner, which costs a look then; looking here would cost one for each token.
        firstExpiry = min(firstExpiry ?? .max, entry.token.expiry)
    }

    /// The tokens that may be good for a device.
    func candidates(for deviceID: String) -> [Entry] {
        [entries[.device(deviceID)], entries[.hub]].compactMap(\.self)
    }

    /// Whether there is a token for a device that has not ended.
    func cover(_ deviceID: String, at seconds: Int64) -> Bool {
        candidates(for: deviceID).contains { !$0.token.isExpired(at: seconds) }
    }

    /// Whether it is time to look: the clock skew is the tokens' own business.
    func mayHaveExpired(at seconds: Int64) -> Bool { firstExpiry.map { seconds > $0 } ?? false }

    /// Forgets the tokens that have ended.
    /// - Returns: whether there were any.
    mutating func removeExpired(at seconds: Int64) -> Bool {
        guard mayHaveExpired(at: seconds) else { return false }
        let count = entries.count
        entries = entries.filter { !$0.value.token.isExpired(at: seconds) }
        firstExpiry = entries.values.map(\.token.expiry).min()
        return entries.count != count
    }
}
