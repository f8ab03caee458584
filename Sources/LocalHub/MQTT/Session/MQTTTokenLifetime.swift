import NIOCore

/// How long a token keeps its connection alive.
///
/// Source: Azure IoT Hub documentation, "MQTT device disconnect behavior with Azure IoT SDKs": connections are cut ten
/// minutes after the token has expired.
enum MQTTTokenLifetime {
    /// Seconds that a connection may outlive its token.
    static let grace: Int64 = 600
    /// Lifetimes beyond this, in seconds (100 years), are as good as endless, and stay clear of overflow.
    private static let longest: Int64 = 100 * 366 * 86_400

    /// The time that is left; nil for ever.
    /// - Parameters:
    ///   - expiry: seconds since 1970-01-01T00:00:00Z; it comes from the device and may be anything.
    ///   - seconds: the wall clock, since 1970-01-01T00:00:00Z.
    /// - Returns: nothing less than zero.
    static func left(until expiry: Int64, at seconds: Int64) -> TimeAmount? {
        let (left, overflow) = expiry.subtractingReportingOverflow(seconds)
        guard !overflow, left < longest else { return nil }
        return .seconds(max(0, left + grace))
    }
}
