import IoTHub
import Logging
import NIOConcurrencyHelpers

/// Keeps the access token of one client: one that holds is used, its successor is fetched ahead of its expiry, and
/// however many requests want one, only one is fetched at a time.
final class TokenKeeper: HubAuthorization {
    /// The service API of every IoT hub.
    ///
    /// Source: Azure IoT Hub documentation, "Control access to IoT Hub by using Microsoft Entra ID".
    static let scope = "https://iothubs.azure.net/.default"

    /// A token is renewed when this is left of it, or 15 % of its life if that is less.
    private static let longestHeadStart: Int64 = 300
    /// After a renewal ahead of expiry has failed, the next is tried after this many seconds.
    private static let pauseAfterFailure: Int64 = 30
    /// A refused token is replaced when it is at least this many seconds old: a newer one would be refused as well.
    private static let ageToReplace: Int64 = 10

    private struct Kept {
        var token: AccessToken
        var takenAt: Int64
        var renewAt: Int64
    }

    private struct Flight {
        var id: Int
        var task: Task<Void, Never>
    }

    private struct State {
        var kept: Kept?
        var flight: Flight?
        var flights = 0
        var noRenewalBefore = Int64.min
        var waiters: [Int: CheckedContinuation<AccessToken, any Error>] = [:]
        var arrivals = 0
    }

    private let credential: any TokenCredential
    private let clock: @Sendable () -> Int64
    private let logger: Logger
    private let state = NIOLockedValueBox(State())

    /// - Parameters:
    ///   - credential: Gets the tokens.
    ///   - clock: Seconds since 1970.
    ///   - logger: Told of renewals that failed; never of a token.
    init(credential: any TokenCredential, clock: @escaping @Sendable () -> Int64, logger: Logger) {
        self.credential = credential
        self.clock = clock
        self.logger = logger
    }

    deinit { state.withLockedValue { $0.flight?.task.cancel() } }

    func authorization(within limit: Duration) async throws -> String {
        let now = clock()
        let token = state.withLockedValue { state -> AccessToken? in
            guard let kept = state.kept, now < kept.token.expiresOn else { return nil }
            if now >= kept.renewAt, now >= state.noRenewalBefore { startFlight(&state) }
            return kept.token
        }
        if let token { return Self.header(token) }
        return Self.header(try await next(otherThan: nil, within: limit))
    }

    func renewed(insteadOf refused: String, within limit: Duration) async throws -> String? {
        let now = clock()
        let kept = state.withLockedValue { $0.kept }
        if let kept {
            // Another request may have met the same refusal, and renewed it.
            guard Self.header(kept.token) == refused else { return Self.header(kept.token) }
            guard now >= kept.takenAt + Self.ageToReplace || now < kept.takenAt else { return nil }
        }
        do {
            return Self.header(try await next(otherThan: refused, within: limit))
        } catch let error as CancellationError {
            throw error
        } catch {
            // The hub's refusal tells more than this would.
            logger.warning("no new token in place of the refused one: \(error)")
            return nil
        }
    }

    private static func header(_ token: AccessToken) -> String { "Bearer \(token.token)" }

    /// Waits for the flight that is under way or a new one.
    private func next(otherThan refused: String?, within limit: Duration) async throws -> AccessToken {
        try await withThrowingTaskGroup(of: AccessToken.self) { group in
            group.addTask { try await self.wait(otherThan: refused) }
            group.addTask {
                try await Task.sleep(for: limit)
                throw Self.error("no token within \(limit)")
            }
            defer { group.cancelAll() }
            guard let token = try await group.next() else { throw CancellationError() }
            return token
        }
    }

    private func wait(otherThan refused: String?) async throws -> AccessToken {
        let id = state.withLockedValue { state in
            state.arrivals += 1
            return state.arrivals
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let landed = state.withLockedValue { state -> AccessToken? in
                    // A flight may have landed since the caller found no token.
                    if let kept = state.kept, clock() < kept.token.expiresOn, Self.header(kept.token) != refused {
                        return kept.token
                    }
                    state.waiters[id] = continuation
                    startFlight(&state)
                    return nil
                }
                if let landed { continuation.resume(returning: landed) }
                // A cancellation that came before found nobody to wake.
                if Task.isCancelled { leave(id) }
            }
        } onCancel: {
            leave(id)
        }
    }

    /// Ends one wait; a flight that nobody waits for any more is given up, since it may never end.
    private func leave(_ id: Int) {
        let (waiter, flight) = state.withLockedValue { state in
            let waiter = state.waiters.removeValue(forKey: id)
            guard waiter != nil, state.waiters.isEmpty else { return (waiter, Flight?.none) }
            return (waiter, state.flight.take())
        }
        flight?.task.cancel()
        waiter?.resume(throwing: CancellationError())
    }

    private func startFlight(_ state: inout State) {
        guard state.flight == nil else { return }
        state.flights += 1
        let id = state.flights
        let task = Task { [weak self, credential] in
            let result: Result<AccessToken, any Error>
            do {
                result = .success(try await credential.getToken(scope: Self.scope))
            } catch {
                result = .failure(error)
            }
            self?.land(id, result)
        }
        state.flight = Flight(id: id, task: task)
    }

    private func land(_ id: Int, _ result: Result<AccessToken, any Error>) {
        let now = clock()
        let checked = result.mapError(Self.error).flatMap { token in Self.checked(token, at: now) }
        let waiters = state.withLockedValue { state -> [CheckedContinuation<AccessToken, any Error>] in
            // One that was given up comes too late.
            guard state.flight?.id == id else { return [] }
            state.flight = nil
            switch checked {
            case .success(let token):
                let life = token.expiresOn - now
                let renewAt = token.expiresOn - min(Self.longestHeadStart, life * 15 / 100)
                state.kept = Kept(token: token, takenAt: now, renewAt: renewAt)
            case .failure:
                state.noRenewalBefore = now + Self.pauseAfterFailure
            }
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        if waiters.isEmpty, case .failure(let error) = checked {
            logger.warning("the token could not be renewed ahead of its expiry: \(error)")
        }
        for waiter in waiters { waiter.resume(with: checked) }
    }

    /// A token as it may be used, with an expiry that sums cannot overflow with.
    private static func checked(_ token: AccessToken, at now: Int64) -> Result<AccessToken, any Error> {
        // What goes into a header must not end it.
        guard !token.token.isEmpty, token.token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return .failure(error("the credential gave a token that is empty or no token"))
        }
        guard token.expiresOn > now else {
            return .failure(error("the credential gave \(token), which is over; is this machine's clock right?"))
        }
        return .success(AccessToken(token: token.token, expiresOn: min(token.expiresOn, 253_402_300_799)))
    }

    private static func error(_ error: any Error) -> any Error {
        // The credential's own cancellation is not that of the calls which wait for it.
        error is ServiceClientError ? error : Self.error("the credential gave no token: \(error)")
    }

    private static func error(_ message: String) -> ServiceClientError {
        ServiceClientError(reason: .noToken, operation: "get a token for \(scope)", message: message)
    }
}
