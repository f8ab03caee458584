import Logging
import NIOConcurrencyHelpers

/// Keeps an issuer's keys, and asks for them again when a token names one that is not there, or when they are old.
final class EntraKeyStore: Sendable {
    /// Keys that the issuer has withdrawn are believed no longer than this many seconds.
    private static let longestKept: Int64 = 86_400
    /// Between two attempts to get keys lie at least this many seconds, whatever the tokens name.
    private static let pause: Int64 = 30

    private struct State {
        var keys: EntraKeySet?
        var takenAt = Int64.min
        var triedAt: Int64?
        var failure: String?
        var flight: Task<Void, Never>?
    }

    private let load: @Sendable () async throws -> [UInt8]
    private let logger: Logger
    private let state = NIOLockedValueBox(State())

    /// - Parameters:
    ///   - logger: told of failures.
    ///   - load: gets the text of the key set, in bounded time.
    init(logger: Logger, load: @escaping @Sendable () async throws -> [UInt8]) {
        self.load = load
        self.logger = logger
    }

    /// The keys; nil when there were none to be had so far.
    var keys: EntraKeySet? { state.withLockedValue { $0.keys } }

    /// Why the last attempt to get keys gave none; nil when it gave some.
    var failure: String? { state.withLockedValue { $0.failure } }

    /// Whether asking for keys may help a token that names this one.
    /// - Parameters:
    ///   - key: its id.
    ///   - now: seconds since 1970.
    /// - Returns: whether it may.
    func isWorthAsking(for key: String, at now: Int64) -> Bool {
        state.withLockedValue { Self.isWorthAsking(for: key, $0, at: now) }
    }

    /// Asks for keys where that may help a token that names this one, or waits for the answer to who has asked already;
    /// keys that are there stay when it fails.
    ///
    /// A request that found it worth asking may come here when the answer to another's question is there already.
    func refresh(for key: String, at now: Int64) async {
        let flight: Task<Void, Never>? = state.withLockedValue { state in
            if let flight = state.flight { return flight }
            guard Self.isWorthAsking(for: key, state, at: now) else { return nil }
            state.triedAt = now
            let flight = Task { await self.fetch(at: now) }
            state.flight = flight
            return flight
        }
        await flight?.value
    }

    /// Breaks off a question that is under way; who waits for its answer goes on without.
    func cancel() { state.withLockedValue { $0.flight }?.cancel() }

    private static func isWorthAsking(for key: String, _ state: State, at now: Int64) -> Bool {
        let isKnown = state.keys?.has(key) == true
        guard !isKnown || now - longestKept > state.takenAt else { return false }
        guard state.flight == nil, let triedAt = state.triedAt else { return true }
        // Requests read the clock before they come here, so one may be a little older than the last attempt; a clock set
        // back by more does not lock keys out.
        return abs(now - triedAt) >= pause
    }

    private func fetch(at now: Int64) async {
        do {
            let keys = try await EntraKeySet(parsing: try await load())
            state.withLockedValue { state in
                (state.keys, state.takenAt, state.failure) = (keys, now, nil)
                state.flight = nil
            }
        } catch {
            logger.warning("no keys from the issuer of access tokens", metadata: ["error": "\(error)"])
            state.withLockedValue { state in
                (state.failure, state.flight) = ("\(error)", nil)
            }
        }
    }
}
