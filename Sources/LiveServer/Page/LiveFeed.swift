import IoTHub
import NIOConcurrencyHelpers

/// Hands each new overview to all who watch, and keeps what the charts need for those who come later.
public final class LiveFeed: Sendable {
    /// How long charts look back.
    static let memory: Int64 = 5 * 60 * 1_000_000
    /// How many overviews that is at most, however fast they came.
    static let mostSamples = 310

    private struct State {
        var latest: LiveOverview?
        var samples: [(time: Int64, json: JSON)] = []
        var watchers: [Int: @Sendable (String) -> Void] = [:]
        var ends: [Int: @Sendable () -> Void] = [:]
        var nextWatcher = 0
        var hasEnded = false
    }

    private let state = NIOLockedValueBox(State())
    private let now: @Sendable () -> Int64

    /// Makes a feed without overview.
    public convenience init() { self.init(now: { HubTimestamp.now().microsecondsSinceEpoch }) }

    /// - Parameter now: the time in microseconds since 1970.
    init(now: @escaping @Sendable () -> Int64) { self.now = now }

    /// Shows an overview; once a second is what the page is made for.
    public func publish(_ overview: LiveOverview) {
        let time = now()
        // One text for all watchers.
        let message = Self.message(overview, at: time)
        let watchers = state.withLockedValue { state -> [@Sendable (String) -> Void] in
            guard !state.hasEnded else { return [] }
            state.latest = overview
            var sample = overview.chartJSON
            sample["time"] = .integer(time)
            state.samples.append((time, .object(sample)))
            let firstKept = state.samples.firstIndex { $0.time > time - Self.memory } ?? state.samples.endIndex
            state.samples.removeFirst(max(firstKept, state.samples.count - Self.mostSamples))
            return Array(state.watchers.values)
        }
        for send in watchers { send(message) }
    }

    /// Tells all watchers that nothing more comes.
    func end() {
        let ends = state.withLockedValue { state in
            state.hasEnded = true
            return Array(state.ends.values)
        }
        for end in ends { end() }
    }

    /// The latest overview, and what the charts have of the last five minutes.
    var whole: JSONObject {
        let time = now()
        return state.withLockedValue { Self.whole($0, at: time) }
    }

    private static func whole(_ state: State, at time: Int64) -> JSONObject {
        [
            "time": .integer(time), "overview": state.latest.map { .object($0.json) } ?? .null,
            "history": .array(state.samples.map(\.json)),
        ]
    }

    /// Begins to watch: all that is there first, then each overview.
    /// - Parameters:
    ///   - send: gets messages, one at a time; it must not call the feed.
    ///   - end: told at the end.
    /// - Returns: what ``leave(_:)`` needs.
    func watch(_ send: @escaping @Sendable (String) -> Void, end: @escaping @Sendable () -> Void) -> Int {
        let time = now()
        // Under one lock, so that no overview falls in between; it may be the last.
        let (key, hasEnded) = state.withLockedValue { state in
            send(Self.whole(state, at: time).text)
            state.nextWatcher += 1
            state.watchers[state.nextWatcher] = send
            state.ends[state.nextWatcher] = end
            return (state.nextWatcher, state.hasEnded)
        }
        if hasEnded { end() }
        return key
    }

    /// Stops watching.
    func leave(_ key: Int) {
        state.withLockedValue { state in
            state.watchers[key] = nil
            state.ends[key] = nil
        }
    }

    private static func message(_ overview: LiveOverview, at time: Int64) -> String {
        let message: JSONObject = ["time": .integer(time), "overview": .object(overview.json)]
        return message.text
    }
}
