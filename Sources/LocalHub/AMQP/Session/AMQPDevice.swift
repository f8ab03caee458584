import AMQPEngine

/// The two twin links that belong together.
///
/// Source: Azure IoT device SDKs, link property `com.microsoft:channel-correlation-id`.
struct AMQPTwinPair: Equatable {
    let number: Int
    let session: ObjectIdentifier
    var correlationID: String?

    /// Whether a link is of this pair; one without a correlation id goes with any of its session.
    func takes(_ link: AMQPLink) -> Bool {
        guard session == ObjectIdentifier(link.session) else { return false }
        guard let own = correlationID, let other = link.channelCorrelationID else { return true }
        return own == other
    }

    static func == (one: Self, other: Self) -> Bool { one.number == other.number }
}

extension AMQPLink {
    var channelCorrelationID: String? { remote?.properties[symbol: "com.microsoft:channel-correlation-id"]?.text }
    var modelID: String? { remote?.properties[symbol: "com.microsoft:model-id"]?.text }
}

/// A device on a connection: its links, and what it is to be told.
final class AMQPDevice {
    let id: String
    var links: [AMQPDeviceLink: AMQPLink] = [:]
    /// Whether it was admitted by the connection's certificate, so that no token's end concerns it.
    var isCertified = false
    /// Nil while there is no twin link.
    var pair: AMQPTwinPair?
    /// Whether desired changes are to be told.
    var isSubscribed = false
    var queue = AMQPTwinQueue()
    /// Requests that want no answer and are to be settled with a release.
    var settling: [(release: Int, delivery: AMQPDeliveryID?)] = []
    /// How many requests were answered for which no new credit was given yet.
    var answered = 0

    init(id: String) { self.id = id }
}
