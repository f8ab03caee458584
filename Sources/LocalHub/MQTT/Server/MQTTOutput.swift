import IoTHub
import NIOCore

/// What a connection has written and not yet sent: a plain value that says when it may be sent.
struct MQTTOutput {
    /// What must happen before output may be sent.
    enum Need {
        case nothing
        /// What was written must be durable; when the storage fails, the requests are answered otherwise.
        case durability
        /// The same; when the storage fails, there is no other answer than the end of the connection.
        case durabilityOrEnd
    }

    /// What a flush asks for.
    enum Flush {
        case send(ByteBuffer)
        /// Open the gate for this release when all that was written is durable.
        case wait(release: Int, endsOnFailure: Bool)
        /// Nothing may be sent before what is waited for already.
        case hold
    }

    /// Whether writes are durable later than they are made; if not, nothing ever waits.
    private let canWait: Bool
    private var buffer = ByteBuffer()
    private var gate = MQTTOutputGate()
    /// What the output since the last flush needs.
    private var need = Need.nothing

    init(canWait: Bool) { self.canWait = canWait }

    /// How many bytes wait for the storage.
    var heldBytes: Int { gate.heldBytes }

    /// How many bytes wait for a flush only.
    var readableBytes: Int { buffer.readableBytes }

    /// Whether output has to wait, for the storage or behind other output.
    private var waits: Bool { need != .nothing || gate.isHolding }

    mutating func write(_ packet: MQTTServerPacket) {
        // Enough for most packets, so that the buffer does not grow byte by byte.
        if buffer.capacity == 0 { buffer.reserveCapacity(minimumWritableBytes: 256) }
        buffer.write(packet)
    }

    /// Makes the output since the last flush wait until all that was written is durable.
    mutating func require(_ new: Need) {
        if canWait, need != .durabilityOrEnd { need = new }
    }

    /// Writes the answer to a reported patch, which waits until the patch is durable.
    mutating func write(_ packet: MQTTServerPacket, answering requestID: String) {
        guard canWait else { return write(packet) }
        require(.durability)
        hold()
        write(packet)
        gate.hold(answer: takeBuffer(), requestID: requestID)
    }

    /// Writes the answer to a twin GET, which waits until what it shows is durable.
    ///
    /// When the storage fails the connection ends: azure-iot-device repeats a GET that was answered with an error at once
    /// and for ever, but takes its time to connect again.
    mutating func write(_ packet: MQTTServerPacket, showing desiredVersion: Int64) {
        guard canWait else { return write(packet) }
        require(.durabilityOrEnd)
        hold()
        write(packet)
        gate.hold(twin: takeBuffer(), desiredVersion: desiredVersion)
    }

    /// Writes the notification of a desired change, which is durable.
    mutating func write(_ packet: MQTTServerPacket, notifyingOf version: Int64) {
        guard waits else { return write(packet) }
        hold()
        write(packet)
        gate.hold(notification: takeBuffer(), version: version)
    }

    mutating func flush() -> Flush {
        guard waits else { return .send(takeBuffer()) }
        hold()
        guard need != .nothing else { return .hold }
        defer { need = .nothing }
        return .wait(release: gate.seal(), endsOnFailure: need == .durabilityOrEnd)
    }

    /// Takes what a release frees; see `MQTTOutputGate.open`.
    mutating func open(_ release: Int, replacing replacement: ((String) -> ByteBuffer)? = nil) -> ByteBuffer {
        gate.open(release, replacing: replacement)
    }

    /// Takes what may be sent at once, and forgets the rest: nobody waits for the storage at the end.
    mutating func takeLast() -> ByteBuffer {
        let last = waits ? ByteBuffer() : takeBuffer()
        drop()
        return last
    }

    /// Forgets all that was not sent.
    mutating func drop() {
        buffer = ByteBuffer()
        need = .nothing
        gate.drop()
    }

    /// Puts the output so far behind the gate.
    private mutating func hold() {
        if need == .nothing { gate.hold(behind: takeBuffer()) } else { gate.hold(takeBuffer()) }
    }

    private mutating func takeBuffer() -> ByteBuffer {
        defer { buffer = ByteBuffer() }
        return buffer
    }
}
