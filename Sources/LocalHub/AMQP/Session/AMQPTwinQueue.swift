import AMQPEngine

/// What a device is to be told over its twin links and cannot be yet, in order: for want of credit, or since it tells of
/// writes that are not durable.
///
/// A plain value, the counterpart of `MQTTOutputGate`.
struct AMQPTwinQueue {
    struct Item {
        /// The message.
        var bytes: [UInt8]
        /// What it waits for; 0 for nothing.
        var release = 0
        /// For an answer: the request's id, so that it can be answered otherwise.
        var correlationID: AMQPMessageID?
        /// For the answer to a GET: the desired `$version` that it shows.
        var desiredVersion: Int64?
        /// The request, if it is to be settled with the release.
        var delivery: AMQPDeliveryID?
        /// Whether it is an answer, which gives its request's credit back.
        var isAnswer = true
    }

    /// Most desired changes that wait for a device; one that lets more pile up loses its links, and gets what it missed by
    /// the GET after it attached again.
    static let maximumCount = 1024
    /// Most bytes that wait for a device's credit; as for the count.
    static let maximumBytes = 262_144

    private(set) var items: [Item] = []
    private(set) var bytes = 0

    /// Whether more piles up than a device may let.
    var isOverfull: Bool { items.count > Self.maximumCount || bytes > Self.maximumBytes && items.count > 1 }

    mutating func append(_ item: Item) {
        items.append(item)
        bytes += item.bytes.count
    }

    /// Queues a desired change: before the first answer that shows it already, so that it does not look like news after it.
    mutating func append(change bytes: [UInt8], version: Int64) {
        let place = items.firstIndex { ($0.desiredVersion ?? .min) >= version } ?? items.endIndex
        items.insert(Item(bytes: bytes, isAnswer: false), at: place)
        self.bytes += bytes.count
    }

    /// Takes the first item if it waits for nothing beyond the release.
    mutating func next(_ opened: Int) -> Item? {
        guard let first = items.first, first.release <= opened else { return nil }
        bytes -= first.bytes.count
        return items.removeFirst()
    }

    /// Whether the first item waits for no release, but for credit or the like.
    func isReady(_ opened: Int) -> Bool { items.first.map { $0.release <= opened } ?? false }

    /// Whether some item waits for a release.
    func waits(_ opened: Int) -> Bool { items.contains { $0.release > opened } }

    /// Whether the answer to a GET waits for one of these releases.
    func showsTwin(in releases: ClosedRange<Int>) -> Bool {
        items.contains { $0.desiredVersion != nil && releases.contains($0.release) }
    }

    /// Forgets the changes: the device no longer wants them.
    mutating func removeChanges() {
        items.removeAll { !$0.isAnswer }
        bytes = items.reduce(0) { $0 + $1.bytes.count }
    }

    /// Forgets everything.
    /// - Returns: how many bytes of it waited for a release.
    mutating func clear(_ opened: Int) -> Int {
        let held = items.reduce(0) { $0 + ($1.release > opened ? $1.bytes.count : 0) }
        items = []
        bytes = 0
        return held
    }

    /// Passes over the items that wait for a release, before it is opened.
    mutating func update(_ releases: ClosedRange<Int>, _ body: (inout Item) -> Void) {
        for index in items.indices where releases.contains(items[index].release) {
            bytes -= items[index].bytes.count
            body(&items[index])
            bytes += items[index].bytes.count
        }
    }
}
