/// The twin requests of one device: those that wait for a connection, and those that wait for the hub's answer.
///
/// Request ids count up, so what is in flight lies in an array in the order of the ids, and since every request is given
/// the same time, in about the order of the deadlines.
struct PendingRequests<Request: Sendable, Reply: Sendable>: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// A request that has not been sent.
    struct Waiting: Sendable {
        var request: Request
        var reply: Reply
        var deadline: Instant
    }

    private struct InFlight {
        var reply: Reply
        var deadline: Instant
    }

    private let limit: Int
    private var waiting: [Waiting] = []
    /// What is in flight begins at `head`; an answered request leaves nil until all before it are answered.
    private var slots: [InFlight?] = []
    private var head = 0
    /// The id of the request at `head`.
    private var headID: UInt64 = 1
    private(set) var inFlightCount = 0

    /// - Parameter limit: most requests at once, waiting and in flight.
    init(limit: Int) { self.limit = limit }

    var count: Int { waiting.count + inFlightCount }
    var isFull: Bool { count >= limit }

    /// Keeps a request for later.
    mutating func wait(_ request: Request, reply: Reply, deadline: Instant) {
        waiting.append(Waiting(request: request, reply: reply, deadline: deadline))
    }

    /// Hands over what waits, in order.
    mutating func takeWaiting() -> [Waiting] {
        defer { waiting.removeAll() }
        return waiting
    }

    /// Notes a request that is about to be sent.
    /// - Returns: its id.
    mutating func begin(reply: Reply, deadline: Instant) -> UInt64 {
        slots.append(InFlight(reply: reply, deadline: deadline))
        inFlightCount += 1
        return headID + UInt64(slots.count - head - 1)
    }

    /// Takes out the request that an answer is for; nil when it is unknown or has been given up.
    mutating func finish(_ id: UInt64) -> Reply? {
        guard id >= headID, id - headID < UInt64(slots.count - head) else { return nil }
        let index = head + Int(id - headID)
        guard let found = slots[index] else { return nil }
        slots[index] = nil
        inFlightCount -= 1
        dropFinished()
        return found.reply
    }

    /// Gives up what was sent: the connection that would have brought the answers is gone.
    mutating func failInFlight() -> [Reply] {
        let replies = slots[head...].compactMap { $0?.reply }
        headID += UInt64(slots.count - head)
        slots.removeAll()
        head = 0
        inFlightCount = 0
        return replies
    }

    /// Gives up everything.
    mutating func failAll() -> [Reply] { failInFlight() + takeWaiting().map(\.reply) }

    /// Gives up what has waited too long.
    mutating func expire(now: Instant) -> [Reply] {
        var replies: [Reply] = []
        for index in slots.indices[head...] {
            guard let request = slots[index], request.deadline <= now else { continue }
            replies.append(request.reply)
            slots[index] = nil
            inFlightCount -= 1
        }
        dropFinished()
        waiting.removeAll { request in
            if request.deadline > now { return false }
            replies.append(request.reply)
            return true
        }
        return replies
    }

    /// The earliest deadline.
    var nextDeadline: Instant? {
        (slots[head...].compactMap { $0?.deadline } + waiting.map(\.deadline)).min()
    }

    private mutating func dropFinished() {
        while head < slots.count, slots[head] == nil {
            head += 1
            headID += 1
        }
        if head == slots.count {
            slots.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 64, head * 2 > slots.count {
            slots.removeFirst(head)
            head = 0
        }
    }
}
