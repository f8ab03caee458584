/// How a device gets and keeps its connection, as a value: events in, actions out.
///
/// open → connect → accepted → subscribe → read the twin → ready. A loss leads to a wait by the retry policy and a new
/// connect; a token near its end to a planned reconnect, for which answers that are under way are waited for.
struct ConnectionMachine: Sendable {
    private enum State: Sendable {
        /// Not opened, or an opening was cancelled.
        case idle
        /// May become: connecting, failed, closed.
        case waitingToRetry
        /// Looking up, TCP, TLS, and CONNECT or a first token. May become: subscribing, waitingToRetry, failed, closed.
        case connecting
        /// A change of subscriptions is on its way. May become: readingTwin, ready, waitingToRetry, failed, closed.
        case subscribing
        /// May become: waitingToReadTwin, ready, and what subscribing may.
        case readingTwin
        /// The hub could not answer just now.
        case waitingToReadTwin
        case ready
        /// The token must be renewed; waiting for the last answers. May become: connecting, and what ready may.
        case draining
        /// Given up; an open starts anew.
        case failed
        /// The end.
        case closed
    }

    /// Longest time from the start of a connect, over one transport, to readiness; the hub may hold a CONNACK back for close to a minute.
    static let attemptTimeout = Duration.seconds(60)
    /// Longest wait for answers before a planned reconnect.
    static let drainTimeout = Duration.seconds(5)

    private var state = State.idle
    /// Whether this is the first connection since `open`, so that failures are the opener's.
    private(set) var isOpening = true
    private(set) var status = ConnectionStatus.disconnected
    private var retries = 0
    /// Why the connection was last lost or could not be made.
    private(set) var lastError: DeviceClientError?
    /// What the hub has acknowledged on this connection.
    private var subscribed: Set<Subscription> = []
    /// The change that waits for its acknowledgement.
    private var asked: (subscription: [Subscription], isOn: Bool)?
    private var wantsDesiredChanges = false
    private var mustReadTwin = false
    private var isRenewalDue = false
    /// Whether the device has been subscribed, or has seen a version, so that it can have missed something.
    var canHaveMissedChanges = false
    var policy: any RetryPolicy = ExponentialBackoff()

    /// Whether twin requests can be sent now.
    var isReady: Bool {
        if case .ready = state { true } else { false }
    }

    var isConnecting: Bool {
        if case .connecting = state { true } else { false }
    }

    var isDraining: Bool {
        if case .draining = state { true } else { false }
    }

    var isClosed: Bool {
        if case .closed = state { true } else { false }
    }

    /// Whether nothing happens until an open.
    var needsOpen: Bool {
        switch state {
        case .idle, .failed: true
        case .waitingToRetry, .connecting, .subscribing, .readingTwin, .waitingToReadTwin, .ready, .draining, .closed:
            false
        }
    }

    // MARK: What the application wants

    mutating func open() -> [Action] {
        guard needsOpen else { return [] }
        isOpening = true
        retries = 0
        return connect()
    }

    mutating func close() -> [Action] {
        if isClosed { return [] }
        state = .closed
        return [.disconnect, .stopTimer] + tell(.disabled, .clientClose)
            + [.failAll(DeviceClientError(.closed, "the device client was closed"))]
    }

    /// Every opener has lost interest.
    mutating func cancelOpening() -> [Action] {
        guard isOpening, !needsOpen, !isClosed else { return [] }
        state = .idle
        return [.drop, .stopTimer, .failAll(DeviceClientError(.closed, "opening the connection was cancelled"))]
    }

    mutating func setWantsDesiredChanges(_ wanted: Bool) -> [Action] {
        wantsDesiredChanges = wanted
        return isReady ? settle() : []
    }

    // MARK: What the connection brings

    /// The hub has accepted us: CONNACK, or the answer to a token.
    mutating func accepted() -> [Action] {
        guard isConnecting else { return [] }
        return settle()
    }

    /// The hub has acknowledged the change of subscriptions.
    mutating func acknowledged() -> [Action] {
        guard case .subscribing = state, let change = asked else { return [] }
        asked = nil
        if change.isOn { subscribed.formUnion(change.subscription) } else { subscribed.subtract(change.subscription) }
        if change.subscription.contains(.desiredChanges) {
            mustReadTwin = change.isOn && canHaveMissedChanges
            if change.isOn { canHaveMissedChanges = true }
        }
        return settle()
    }

    /// The twin has been read.
    mutating func twinWasRead() -> [Action] {
        guard case .readingTwin = state else { return [] }
        mustReadTwin = false
        return settle()
    }

    /// The hub did not let us read the twin.
    mutating func readingTwinFailed(_ error: DeviceClientError, random: Double) -> [Action] {
        guard case .readingTwin = state else { return [] }
        guard error.isTransient,
            let wait = policy.interval(currentRetryCount: retries, lastError: error, random: random)
        else { return [.disconnect] + giveUp(error) }
        retries += 1
        state = .waitingToReadTwin
        return [.startTimer(wait)]
    }

    /// The connection is gone, or could not be made.
    mutating func lost(_ error: DeviceClientError, random: Double) -> [Action] {
        switch state {
        case .idle, .waitingToRetry, .failed, .closed: return []
        case .connecting, .subscribing, .readingTwin, .waitingToReadTwin, .ready, .draining: break
        }
        lastError = error
        let first: [Action] = [.drop, .failInFlight(error)]
        guard mayRetry(error) else { return first + giveUp(error) }
        guard let wait = policy.interval(currentRetryCount: retries, lastError: error, random: random) else {
            return first + giveUp(error, .retryExpired)
        }
        retries += 1
        state = .waitingToRetry
        return first + (isOpening ? [] : tell(.disconnectedRetrying, .communicationError)) + [.startTimer(wait)]
    }

    /// The connection could not be made this way; the owner tries another.
    mutating func triesAnotherWay() -> [Action] {
        isConnecting ? [.startTimer(Self.attemptTimeout)] : []
    }

    // MARK: What time brings

    mutating func timerFired(random: Double) -> [Action] {
        switch state {
        case .idle, .ready, .failed, .closed: return []
        case .waitingToRetry: return connect()
        case .waitingToReadTwin:
            state = .readingTwin
            return [.readTwin, .startTimer(Self.attemptTimeout)]
        case .connecting:
            return lost(DeviceClientError(.timedOut, "the hub did not accept the connection in time"), random: random)
        case .subscribing:
            return lost(
                DeviceClientError(.timedOut, "the hub did not acknowledge a subscription in time"),
                random: random
            )
        case .readingTwin:
            return lost(DeviceClientError(.timedOut, "the hub did not answer a twin GET in time"), random: random)
        case .draining:
            let error = DeviceClientError(.communication, "the token had to be renewed before the hub answered")
            return [.failInFlight(error)] + renew()
        }
    }

    /// Too much time has gone by since `open`.
    mutating func openingTimedOut() -> [Action] {
        guard isOpening, !needsOpen, !isClosed else { return [] }
        let reason = lastError.map { ": \($0.message)" } ?? ""
        return [.drop] + giveUp(DeviceClientError(.timedOut, "no connection within the time allowed\(reason)"))
    }

    /// The token nears its end, and there will be another; `inFlight` requests wait for answers.
    mutating func renewalDue(inFlight: Int) -> [Action] {
        switch state {
        case .idle, .waitingToRetry, .failed, .closed, .draining: return []
        case .connecting, .subscribing, .readingTwin, .waitingToReadTwin:
            isRenewalDue = true
            return []
        case .ready:
            if inFlight == 0 { return renew() }
            state = .draining
            return [.startTimer(Self.drainTimeout)]
        }
    }

    /// The last answer has come.
    mutating func drained() -> [Action] {
        isDraining ? renew() : []
    }

    /// The token has ended, and there is no other.
    mutating func tokenExpired() -> [Action] {
        if needsOpen || isClosed { return [] }
        return [.disconnect]
            + giveUp(DeviceClientError(.unauthorized, "the shared access signature has expired"), .expiredSASToken)
    }

    // MARK: Transitions

    private mutating func connect() -> [Action] {
        state = .connecting
        subscribed = []
        asked = nil
        isRenewalDue = false
        return [.startTimer(Self.attemptTimeout), .connect]
    }

    private mutating func renew() -> [Action] { [.disconnect] + connect() }

    /// Takes the next step towards readiness.
    private mutating func settle() -> [Action] {
        var missing: [Subscription] = []
        if !subscribed.contains(.responses) { missing.append(.responses) }
        if wantsDesiredChanges, !subscribed.contains(.desiredChanges) { missing.append(.desiredChanges) }
        if !missing.isEmpty {
            let restart = isReady ? [Action.startTimer(Self.attemptTimeout)] : []
            state = .subscribing
            asked = (missing, true)
            return restart + [.subscribe(missing)]
        }
        if !wantsDesiredChanges, subscribed.contains(.desiredChanges) {
            let restart = isReady ? [Action.startTimer(Self.attemptTimeout)] : []
            state = .subscribing
            asked = ([.desiredChanges], false)
            return restart + [.unsubscribe(.desiredChanges)]
        }
        if mustReadTwin {
            state = .readingTwin
            return [.readTwin]
        }
        state = .ready
        isOpening = false
        retries = 0
        lastError = nil
        let ready: [Action] = [.stopTimer] + tell(.connected, .connectionOk) + [.becomeReady]
        return isRenewalDue ? ready + renew() : ready
    }

    private func mayRetry(_ error: DeviceClientError) -> Bool {
        if error.isTransient { return true }
        // What stood before and broke may be mended: a certificate can be renewed, files become free.
        return !isOpening && (error.reason == .untrustedCertificate || error.reason == .systemLimit)
    }

    private mutating func giveUp(
        _ error: DeviceClientError,
        _ reason: ConnectionStatusChangeReason? = nil
    ) -> [Action] {
        state = .failed
        let why =
            reason
            ?? {
                switch error.reason {
                case .unauthorized: .badCredential
                case .deviceNotFound, .deviceDisabled: .deviceDisabled
                case .timedOut: .retryExpired
                case .communication, .untrustedCertificate, .throttled, .badRequest, .preconditionFailed, .tooLarge,
                    .serverError, .notSupported, .closed, .tooManyPending, .invalidArgument, .systemLimit:
                    .communicationError
                }
            }()
        return [.stopTimer] + tell(.disconnected, why) + [.failAll(error)]
    }

    private mutating func tell(_ status: ConnectionStatus, _ reason: ConnectionStatusChangeReason) -> [Action] {
        // A failed opening is told although the status stays what it was.
        if status == self.status, status != .disconnected { return [] }
        self.status = status
        return [.tell(status, reason)]
    }
}
