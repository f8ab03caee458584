import NIOConcurrencyHelpers

/// What writers have been promised, and what they were about when the hub died.
///
/// Each fact has one writer, which makes one write after the other: so after a crash the hub has to show either what it
/// acknowledged last, or the one write that it did not answer any more.
final class WriteBook: Sendable {
    /// A part of a twin, or that there is none.
    enum Fact: Sendable, Hashable {
        case absent
        case present(value: Int64, version: Int64)

        /// The same with one more write.
        func next(_ value: Int64) -> Fact {
            switch self {
            case .absent: .present(value: value, version: 1)
            case .present(_, let version): .present(value: value, version: version + 1)
            }
        }
    }

    private struct Entry {
        var acknowledged = Fact.absent
        var attempted: Fact?
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var lastValue: Int64 = 0
        /// Acknowledgements until the waiter is woken.
        var countdown = 0
        var waiter: CheckedContinuation<Void, Never>?
        /// What devices were told of desired changes, by device and version.
        var told: [String: [Int64: Int64]] = [:]
        var contradictions: [String] = []
        var acknowledgements = 0
    }

    private let state = NIOLockedValueBox(State())

    /// A value that no other write has.
    func newValue() -> Int64 {
        state.withLockedValue { state in
            state.lastValue += 1
            return state.lastValue
        }
    }

    func acknowledged(_ name: String) -> Fact {
        state.withLockedValue { $0.entries[name, default: Entry()].acknowledged }
    }

    /// Notes a write before it is sent.
    func attempt(_ name: String, _ fact: Fact) {
        state.withLockedValue { $0.entries[name, default: Entry()].attempted = fact }
    }

    /// Notes that the hub has answered the write that was attempted last.
    /// - Returns: whether the answer was that of this write.
    func acknowledge(_ name: String, _ fact: Fact) -> Bool {
        let (waiter, isRight) = state.withLockedValue { state in
            let isRight = state.entries[name]?.attempted == fact
            state.entries[name] = Entry(acknowledged: fact)
            state.acknowledgements += 1
            state.countdown -= 1
            return (state.countdown == 0 ? state.waiter.take() : nil, isRight)
        }
        waiter?.resume()
        return isRight
    }

    /// How many writes have been answered.
    var acknowledgements: Int { state.withLockedValue { $0.acknowledgements } }

    /// Waits for this many further acknowledgements.
    func wait(for count: Int) async {
        await withCheckedContinuation { continuation in
            state.withLockedValue { state in
                state.countdown = count
                state.waiter = continuation
            }
        }
    }

    /// Wakes the waiter although nothing is acknowledged any more.
    func giveUp() {
        state.withLockedValue { $0.waiter.take() }?.resume()
    }

    /// Holds what the hub shows against what it promised.
    /// - Returns: what is wrong with it; nil when nothing is. From now on the hub is held to what it shows.
    func settle(_ name: String, _ actual: Fact) -> String? {
        state.withLockedValue { state in
            let entry = state.entries[name, default: Entry()]
            state.entries[name] = Entry(acknowledged: actual)
            if actual == entry.acknowledged || actual == entry.attempted { return nil }
            return "\(name) is \(actual); acknowledged was \(entry.acknowledged), "
                + "attempted \(entry.attempted.map { "\($0)" } ?? "nothing")"
        }
    }

    /// The names of all facts.
    var names: [String] { state.withLockedValue { $0.entries.keys.sorted() } }

    /// Notes that a device was told of a desired value.
    func told(_ device: String, version: Int64, value: Int64) {
        state.withLockedValue { state in
            let earlier = state.told[device, default: [:]].updateValue(value, forKey: version)
            if let earlier, earlier != value {
                state.contradictions.append("\(device) was told \(earlier), then \(value), as version \(version)")
            }
        }
    }

    /// Holds what a device was told against the hub.
    /// - Returns: what is wrong: one version with two values, or a version that the hub does not have any more.
    func contradictions(_ device: String, _ actual: Fact) -> [String] {
        state.withLockedValue { state in
            defer { state.contradictions = [] }
            guard case .present(let value, let version) = actual, let told = state.told[device] else {
                return state.contradictions
            }
            if let newest = told.keys.max(), newest > version {
                state.contradictions.append("\(device) was told version \(newest), the hub has only \(version)")
            }
            if let told = told[version], told != value {
                state.contradictions.append("\(device) was told \(told) as version \(version), the hub has \(value)")
            }
            return state.contradictions
        }
    }
}
