import IoTHub

/// The `Retry-After` header (RFC 9110, 10.2.3): seconds, or a date.
enum RetryAfter {
    /// Longest wait taken from a header; more is a mistake or an attack.
    private static let longest: Int64 = 24 * 3600

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The wait asked for; `nil` when the header is absent or not understood.
    ///
    /// - Parameters:
    ///   - header: The header's value.
    ///   - now: Seconds since 1970.
    /// - Returns: The wait, at most a day.
    static func parse(_ header: String?, now: Int64) -> Duration? {
        guard let header else { return nil }
        if let seconds = Int64(header) {
            return seconds < 0 ? nil : .seconds(min(seconds, longest))
        }
        guard let date = date(header) else { return nil }
        return .seconds(min(max(date.secondsSinceEpoch - now, 0), longest))
    }

    /// `Wed, 21 Oct 2015 07:28:00 GMT`, the one form that senders may use today.
    private static func date(_ text: String) -> HubTimestamp? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let number = month + 1 < 10 ? "0\(month + 1)" : "\(month + 1)"
        return try? HubTimestamp(parsing: "\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
    }
}
