/// Timers as a value: many deadlines, counted in ticks, for the price of one clock.
///
/// Adding and cancelling take constant time. A deadline farther away than one turn of the wheel stays in its slot and
/// is passed over until its turn comes.
struct TimerWheel<Payload: Sendable>: Sendable {
    /// Names one timer; an ID of a timer that has fired or was cancelled never names another one.
    struct ID: Hashable, Sendable {
        fileprivate var index: Int
        fileprivate var generation: UInt64
    }

    private struct Entry {
        var payload: Payload?
        var deadline: UInt64
        var generation: UInt64
        var next: Int
        var previous: Int
    }

    /// The end of a list, and the head of an empty one.
    private static var none: Int { -1 }

    private var heads: [Int]
    private var entries: [Entry] = []
    private var firstFree = Self.none
    private var lastGeneration: UInt64 = 0
    private var now: UInt64 = 0

    /// How many timers are waiting.
    private(set) var count = 0

    init(slots: Int = 512) {
        heads = Array(repeating: Self.none, count: max(1, slots))
    }

    /// Adds a timer; a deadline that has passed is due at the next tick.
    mutating func add(_ payload: Payload, at tick: UInt64) -> ID {
        let deadline = max(tick, now + 1)
        let slot = Int(deadline % UInt64(heads.count))
        lastGeneration += 1
        let entry = Entry(
            payload: payload,
            deadline: deadline,
            generation: lastGeneration,
            next: heads[slot],
            previous: Self.none
        )
        let index: Int
        if firstFree == Self.none {
            index = entries.count
            entries.append(entry)
        } else {
            index = firstFree
            firstFree = entries[index].next
            entries[index] = entry
        }
        if entry.next != Self.none { entries[entry.next].previous = index }
        heads[slot] = index
        count += 1
        return ID(index: index, generation: lastGeneration)
    }

    /// Removes a timer; nothing happens when it has fired or been cancelled.
    mutating func cancel(_ id: ID) {
        guard entries.indices.contains(id.index), entries[id.index].generation == id.generation else { return }
        remove(id.index)
    }

    /// Moves on to a tick and removes what is due, in the order of the deadlines.
    mutating func advance(to tick: UInt64) -> [(id: ID, payload: Payload)] {
        guard tick > now else { return [] }
        var due: [(deadline: UInt64, id: ID, payload: Payload)] = []
        if count > 0 {
            for step in 1...min(tick - now, UInt64(heads.count)) {
                var index = heads[Int((now + step) % UInt64(heads.count))]
                while index != Self.none {
                    let entry = entries[index]
                    if entry.deadline <= tick, let payload = entry.payload {
                        due.append((entry.deadline, ID(index: index, generation: entry.generation), payload))
                        remove(index)
                    }
                    index = entry.next
                }
            }
        }
        now = tick
        // Timers of one tick fire in the order in which they were added.
        due.sort { ($0.deadline, $0.id.generation) < ($1.deadline, $1.id.generation) }
        return due.map { ($0.id, $0.payload) }
    }

    /// The tick to come back at: that of the next deadline, `limit` ticks from now at the latest; nil without timers.
    func nextTick(limit: UInt64) -> UInt64? {
        guard count > 0 else { return nil }
        let steps = min(max(limit, 1), UInt64(heads.count))
        for step in 1...steps {
            let tick = now + step
            var index = heads[Int(tick % UInt64(heads.count))]
            while index != Self.none {
                if entries[index].deadline == tick { return tick }
                index = entries[index].next
            }
        }
        return now + steps
    }

    private mutating func remove(_ index: Int) {
        let entry = entries[index]
        if entry.previous == Self.none {
            heads[Int(entry.deadline % UInt64(heads.count))] = entry.next
        } else {
            entries[entry.previous].next = entry.next
        }
        if entry.next != Self.none { entries[entry.next].previous = entry.previous }
        entries[index] = Entry(payload: nil, deadline: 0, generation: 0, next: firstFree, previous: Self.none)
        firstFree = index
        count -= 1
    }
}
