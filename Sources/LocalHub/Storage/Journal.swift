import Dispatch
import IoTHub
import Logging
import NIOConcurrencyHelpers

/// Where a journal writes to.
protocol JournalStore: Sendable {
    /// Makes a batch durable, all of it or nothing.
    func commit(_ batch: JournalBatch) throws

    /// Does what need not hold up an answer; called after each commit's effects.
    func tidy()
}

/// Makes the registry's writes durable, many at a time, and lets what depends on them wait.
///
/// Whoever changes a device hands its new state over with the device's lock held, so that states arrive in the order
/// of the changes. One writer commits whatever has come in while it made the last commit (group commit without any
/// delay of its own), then runs the effects of that batch in order: changes go to devices, answers to clients. A
/// device never hears of a change that could be lost, or after a crash one `$version` could name two changes.
///
/// When a commit fails, whoever waits is told so, the batch is kept, and commits are tried again and again. Until one
/// succeeds, new writes are refused, so that what is kept does not grow, and reads are, since what is in memory may not
/// last.
final class Journal: Sendable {
    typealias Call = @Sendable (Result<Void, IoTHubError>) -> Void

    private enum Effect: Sendable {
        case deliver(DesiredChange, any DeviceConnection)
        case call(Call)
    }

    private struct State {
        var batch = JournalBatch()
        var effects: [Effect] = []
        /// Whether the writer is at work or about to be.
        ///
        /// When it is not, nothing waits, unless there is a failure.
        var isWriting = false
        /// What the last attempt failed with; nil since one has succeeded.
        var failure: IoTHubError?
        /// Who has asked while others are being told of a failure; nil while nobody is.
        var late: [Call]?
        var isClosed = false

        mutating func mustStart() -> Bool {
            guard !isWriting, failure == nil else { return false }
            isWriting = true
            return true
        }
    }

    /// The longest time between two attempts after failures, in milliseconds.
    private static let longestPause = 2_000

    private let store: any JournalStore
    private let logger: Logger
    private let firstPause: Int
    private let queue = DispatchQueue(label: "twinfleet.hub.journal")
    private let state = NIOLockedValueBox(State())

    /// Makes a journal.
    /// - Parameters:
    ///   - store: where it writes to.
    ///   - logger: told of failures and recoveries.
    ///   - firstPause: how long after a failure the first new attempt is made, in milliseconds; each further pause is twice
    ///     as long, up to two seconds.
    init(store: any JournalStore, logger: Logger, firstPause: Int = 100) {
        self.store = store
        self.logger = logger
        self.firstPause = firstPause
    }

    /// Refuses a write while the storage fails; to be called before anything is changed.
    /// - Throws: `IoTHubError` with `serviceUnavailable`.
    func admitWrite() throws(IoTHubError) {
        if let failure = state.withLockedValue({ $0.failure }) {
            throw IoTHubError(.serviceUnavailable, "nothing was written: \(failure.message)")
        }
    }

    /// Takes a device's new state, and what its connection must hear once that is durable.
    func keep(
        _ stored: StoredDevice,
        _ parts: JournalBatch.Parts,
        telling change: DesiredChange?,
        to connection: (any DeviceConnection)?
    ) {
        write { state in
            state.batch.keep(stored, parts)
            if let change, let connection { state.effects.append(.deliver(change, connection)) }
        }
    }

    func removeDevice(_ id: String) { write { $0.batch.removeDevice(id) } }

    /// Takes the subscriptions of a device's session; nil when it has ended.
    func keepSession(_ subscriptions: MQTTSubscriptionSet?, of id: String) {
        write { $0.batch.keepSession(subscriptions, of: id) }
    }

    /// Calls `body` once all that was handed over so far is durable, or has failed to become so.
    ///
    /// Calls come in the order in which they were asked for.
    func whenDurable(_ body: @escaping Call) {
        let result: Result<Void, IoTHubError>? = state.withLockedValue { state in
            if let failure = state.failure {
                if state.late == nil { return .failure(failure) }
                state.late?.append(body)
                return nil
            }
            guard state.isWriting else { return .success(()) }
            state.effects.append(.call(body))
            return nil
        }
        if let result { body(result) }
    }

    /// Writes what is left and takes no more; what cannot be written is lost, and the log says so.
    func close() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.finish()
                continuation.resume()
            }
        }
    }

    private func write(_ change: (inout State) -> Void) {
        let mustStart = state.withLockedValue { state in
            if state.isClosed { return false }
            change(&state)
            return state.mustStart()
        }
        if mustStart { queue.async { self.writeAll(pause: self.firstPause) } }
    }

    // MARK: The writer, on its queue

    /// Commits until nothing is left or a commit fails.
    private func writeAll(pause: Int) {
        while let (batch, effects) = take() {
            do {
                if !batch.isEmpty { try store.commit(batch) }
            } catch {
                failed(batch, effects, error, pause: pause)
                return
            }
            succeeded(effects)
            store.tidy()
        }
    }

    private func take() -> (JournalBatch, [Effect])? {
        state.withLockedValue { state in
            if state.batch.isEmpty && state.effects.isEmpty {
                state.isWriting = false
                return nil
            }
            defer {
                state.batch = JournalBatch()
                state.effects = []
            }
            return (state.batch, state.effects)
        }
    }

    private func succeeded(_ effects: [Effect]) {
        let hasRecovered = state.withLockedValue { state in
            defer { if !state.isClosed { state.failure = nil } }
            return state.failure != nil && !state.isClosed
        }
        if hasRecovered { logger.notice("the storage works again; nothing was lost") }
        for effect in effects {
            switch effect {
            case .deliver(let change, let connection): connection.deliver(change)
            case .call(let body): body(.success(()))
            }
        }
    }

    private func failed(
        _ batch: JournalBatch,
        _ effects: [Effect],
        _ error: any Error,
        pause: Int
    ) {
        let failure = IoTHubError(.serverError, "the hub's storage fails: \(error)")
        let (waiting, isFirst) = state.withLockedValue { state in
            var merged = batch
            merged.add(state.batch)
            state.batch = merged
            let all = effects + state.effects
            // Deliveries keep their place; who waits for an answer shall not wait for a disk to be emptied.
            state.effects = all.filter { if case .deliver = $0 { true } else { false } }
            defer {
                state.failure = failure
                state.late = []
                state.isWriting = false
            }
            return (all, state.failure == nil)
        }
        logger.log(
            level: isFirst ? .error : .debug,
            "cannot write to the storage; reads and writes are refused until it works again",
            metadata: ["error": "\(error)"]
        )
        for case .call(let body) in waiting { body(.failure(failure)) }
        tellLate()
        queue.asyncAfter(deadline: .now() + .milliseconds(pause)) { self.tryAgain(pause: pause) }
    }

    /// Tells those of a failure who have asked while others were told of it.
    private func tellLate() {
        while true {
            let (calls, failure) = state.withLockedValue { state in
                let calls = state.late ?? []
                state.late = calls.isEmpty ? nil : []
                return (calls, state.failure)
            }
            guard !calls.isEmpty, let failure else { return }
            for call in calls { call(.failure(failure)) }
        }
    }

    private func tryAgain(pause: Int) {
        let mayTry = state.withLockedValue { state in
            guard !state.isClosed, !state.isWriting else { return false }
            state.isWriting = true
            return true
        }
        if mayTry { writeAll(pause: min(pause * 2, Self.longestPause)) }
    }

    private func finish() {
        let (batch, effects) = state.withLockedValue { state in
            defer {
                state.isClosed = true
                state.failure = IoTHubError(.serviceUnavailable, "the hub has stopped")
                state.late = []
                state.batch = JournalBatch()
                state.effects = []
            }
            return (state.batch, state.effects)
        }
        do {
            if !batch.isEmpty { try store.commit(batch) }
            succeeded(effects)
        } catch {
            logger.error(
                "the last writes are lost",
                metadata: ["devices": "\(batch.devices.count)", "error": "\(error)"]
            )
            let failure = IoTHubError(.serverError, "the hub's storage fails: \(error)")
            for case .call(let body) in effects { body(.failure(failure)) }
        }
        tellLate()
    }
}
