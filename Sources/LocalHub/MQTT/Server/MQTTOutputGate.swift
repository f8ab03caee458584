import IoTHub
import NIOCore

/// What a connection has to send but may not yet, since it tells of writes that are not durable; in order.
///
/// A plain value. A release frees all that was held for it and for the releases before.
struct MQTTOutputGate {
    private struct Item {
        var bytes: ByteBuffer
        /// What it waits for.
        var release: Int
        /// For the answer to a reported patch: its request id, so that it can be answered otherwise.
        var requestID: String?
        /// For the answer to a twin GET: the desired `$version` that it shows.
        var desiredVersion: Int64?
    }

    private var items: [Item] = []
    private var lastRelease = 0
    /// How many bytes are held.
    private(set) var heldBytes = 0

    var isHolding: Bool { !items.isEmpty }

    /// Holds bytes that need nothing themselves, but must not overtake what is held.
    mutating func hold(behind bytes: ByteBuffer) {
        hold(Item(bytes: bytes, release: items.last?.release ?? lastRelease))
    }

    /// Holds bytes until the next release.
    mutating func hold(_ bytes: ByteBuffer) { hold(Item(bytes: bytes, release: lastRelease + 1)) }

    /// Holds the answer to a reported patch until the next release.
    mutating func hold(answer bytes: ByteBuffer, requestID: String) {
        hold(Item(bytes: bytes, release: lastRelease + 1, requestID: requestID))
    }

    /// Holds the answer to a twin GET until the next release.
    mutating func hold(twin bytes: ByteBuffer, desiredVersion: Int64) {
        hold(Item(bytes: bytes, release: lastRelease + 1, desiredVersion: desiredVersion))
    }

    /// Holds the notification of a desired change: before the first answer that shows the change already, so that it
    /// does not look like news after it.
    mutating func hold(notification bytes: ByteBuffer, version: Int64) {
        guard let place = items.firstIndex(where: { ($0.desiredVersion ?? .min) >= version }) else {
            return hold(behind: bytes)
        }
        items.insert(Item(bytes: bytes, release: items[place].release), at: place)
        heldBytes += bytes.readableBytes
    }

    /// Makes a release of what is held for the next one; what is held from now on waits for a later one.
    /// - Returns: its number.
    mutating func seal() -> Int {
        lastRelease += 1
        return lastRelease
    }

    /// Takes what a release frees.
    /// - Parameters:
    ///   - release: its number.
    ///   - replacement: what to send instead of an answer, by the request's id; nil where the answer holds.
    /// - Returns: the bytes to send.
    mutating func open(_ release: Int, replacing replacement: ((String) -> ByteBuffer)? = nil) -> ByteBuffer {
        let count = items.firstIndex { $0.release > release } ?? items.count
        var output = ByteBuffer()
        for item in items[..<count] {
            heldBytes -= item.bytes.readableBytes
            var bytes = item.bytes
            if let replacement, let requestID = item.requestID { bytes = replacement(requestID) }
            if output.readableBytes == 0 { output = bytes } else { output.writeBuffer(&bytes) }
        }
        items.removeFirst(count)
        return output
    }

    /// Forgets all that is held.
    mutating func drop() {
        items = []
        heldBytes = 0
    }

    private mutating func hold(_ item: Item) {
        guard item.bytes.readableBytes > 0 else { return }
        items.append(item)
        heldBytes += item.bytes.readableBytes
    }
}
