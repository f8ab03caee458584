/// Something that must hold for the verdict PASS, such as `delivery: p99 < 500ms`.
public struct Threshold: Sendable, Hashable {
    /// What is judged.
    public enum Subject: String, Sendable, Hashable, CaseIterable {
        /// Latency: intended to delivered.
        case delivery
        /// Latency: sent to delivered.
        case deliveryFromSent = "delivery_from_sent"
        /// Latency: the hub's `$lastUpdated` to the device's `DateTimeLastDesiredPropertyChangeReceived`.
        case hubToDevice = "hub_to_device"
        /// Latency: delivered to acknowledged.
        case echo
        /// Latency: intended to acknowledged.
        case sync
        /// Counter: changes that the device never saw.
        case lost
        /// Counter: notifications that repeated a version.
        case duplicated
        /// Counter: notifications that came after a later version.
        case outOfOrder = "out_of_order"
        /// Counter: changes that the hub refused.
        case rejected
        /// Counter: changes of which the device saw a later version first.
        case superseded
        /// Counter: changes seen in the twin after a reconnect.
        case caughtUp = "caught_up"
        /// Counter: echoes that the hub never acknowledged.
        case unacknowledged
        /// Counter: operations that failed, over all phases.
        case errors
        /// Counter: devices that never got ready.
        case notReady = "not_ready"
        /// Counter: properties whose reported value differs from the desired one.
        case mismatches
        /// Counter: devices that the hub's answers to the fleet's queries lack or have too many, and unanswered queries.
        case queryMismatches = "query_mismatches"

        /// Whether this is a latency, in microseconds; the others are counters.
        public var isLatency: Bool {
            switch self {
            case .delivery, .deliveryFromSent, .hubToDevice, .echo, .sync: true
            case .lost, .duplicated, .outOfOrder, .rejected, .superseded, .caughtUp, .unacknowledged, .errors,
                .notReady, .mismatches, .queryMismatches:
                false
            }
        }
    }

    /// Which number of the subject is judged.
    public enum Statistic: Sendable, Hashable {
        /// The value below which so many percent (above 0, to 100) of the samples lie.
        case percentile(Double)
        /// The least sample.
        case minimum
        /// The greatest sample.
        case maximum
        /// The mean of all samples.
        case mean
        /// The counter itself.
        case value
    }

    /// How the number must stand to the limit.
    public enum Comparison: String, Sendable, Hashable, CaseIterable {
        /// Below the limit.
        case less = "<"
        /// At most the limit.
        case lessOrEqual = "<="
        /// Exactly the limit.
        case equal = "=="
        /// At least the limit.
        case greaterOrEqual = ">="
        /// Above the limit.
        case greater = ">"

        /// Whether an observed number stands to the limit as asked.
        public func holds(_ observed: Double, _ limit: Double) -> Bool {
            switch self {
            case .less: observed < limit
            case .lessOrEqual: observed <= limit
            case .equal: observed == limit
            case .greaterOrEqual: observed >= limit
            case .greater: observed > limit
            }
        }
    }

    /// The threshold as written, with its subject: `delivery: p99 < 500ms`.
    public var text: String
    /// What is judged.
    public var subject: Subject
    /// Which number of it.
    public var statistic: Statistic
    /// How the number must stand to the limit.
    public var comparison: Comparison
    /// The limit: microseconds for latencies, a plain number for counters.
    public var limit: Double

    /// Creates a threshold.
    public init(text: String, subject: Subject, statistic: Statistic, comparison: Comparison, limit: Double) {
        self.text = text
        self.subject = subject
        self.statistic = statistic
        self.comparison = comparison
        self.limit = limit
    }
}
