import IoTHub
import Logging
import NIOConcurrencyHelpers
import Testing

@testable import ServiceClient

/// When tokens are asked for, on a clock that moves only when told.
@Suite(.timeLimit(.minutes(1))) struct TokenKeeperTests {
    private let clock = ManualClock(1_000_000)
    private let credential = GatedCredential()
    private let keeper: TokenKeeper
    private static let patience = Duration.seconds(50)

    init() {
        keeper = TokenKeeper(credential: credential, clock: clock.read, logger: ServiceClientOptions().logger)
    }

    private struct Refused: Error, CustomStringConvertible { var description = "refused for good" }

    private func token(_ name: String, life: Int64 = 1000) -> Result<AccessToken, any Error> {
        .success(AccessToken(token: name, expiresOn: clock.read() + life))
    }

    /// Asks once and answers what the credential is asked then.
    private func fetch(_ result: Result<AccessToken, any Error>) async throws -> String {
        async let header = keeper.authorization(within: Self.patience)
        credential.answer(await credential.nextRequest(), with: result)
        return try await header
    }

    private func kept() async throws -> String { try await keeper.authorization(within: Self.patience) }

    @Test("however many want a token, one is asked for")
    func singleFlight() async throws {
        let headers = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<100 { group.addTask { try await kept() } }
            credential.answer(await credential.nextRequest(), with: token("one"))
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(headers == ["Bearer one"])
        #expect(credential.requests == 1)
    }

    @Test("who comes while a token lands asks for no second one")
    func landing() async throws {
        for round in 0..<500 {
            let requests = NIOLockedValueBox(0)
            let credential = CustomTokenCredential { _ in
                requests.withLockedValue { $0 += 1 }
                // So that it lands while others are on their way.
                for _ in 0..<round % 50 { await Task.yield() }
                return AccessToken(token: "one", expiresOn: 2_000_000)
            }
            let keeper = TokenKeeper(
                credential: credential,
                clock: clock.read,
                logger: ServiceClientOptions().logger
            )
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<32 { group.addTask { try await keeper.authorization(within: Self.patience) } }
                for try await header in group { #expect(header == "Bearer one") }
            }
            #expect(requests.withLockedValue { $0 } == 1)
        }
    }

    @Test(
        "a token is renewed when 15 % of its life are left, or five minutes if that is less",
        arguments: [(1000, 849), (6000, 5699)] as [(Int64, Int64)]
    )
    func renewal(life: Int64, last: Int64) async throws {
        #expect(try await fetch(token("one", life: life)) == "Bearer one")
        clock.advance(last)
        #expect(try await kept() == "Bearer one")
        #expect(credential.requests == 1)
        clock.advance(1)
        // The good one serves on while its successor is fetched.
        #expect(try await kept() == "Bearer one")
        #expect(try await kept() == "Bearer one")
        credential.answer(await credential.nextRequest(), with: token("two", life: life))
        var header = try await kept()
        while header != "Bearer two" { header = try await kept() }
        #expect(credential.requests == 2)
    }

    @Test("a renewal that fails keeps the good token, and is not tried again at once")
    func failedRenewal() async throws {
        let renewals = NIOLockedValueBox(0)
        let clock = clock
        let failing = CustomTokenCredential { _ in
            let number = renewals.withLockedValue { number in
                number += 1
                return number
            }
            guard number != 2 else { throw Refused() }
            return AccessToken(token: "number-\(number)", expiresOn: clock.read() + 1000)
        }
        let (lines, logger) = LogLines.make()
        let keeper = TokenKeeper(credential: failing, clock: clock.read, logger: logger)
        #expect(try await keeper.authorization(within: Self.patience) == "Bearer number-1")
        clock.advance(850)
        #expect(try await keeper.authorization(within: Self.patience) == "Bearer number-1")
        let line = await lines.next()
        #expect(line?.contains("could not be renewed") == true)
        #expect(line?.contains("refused for good") == true)
        #expect(line?.contains("number-1") == false)
        clock.advance(29)
        #expect(try await keeper.authorization(within: Self.patience) == "Bearer number-1")
        #expect(renewals.withLockedValue { $0 } == 2)
        clock.advance(121)
        #expect(try await keeper.authorization(within: Self.patience) == "Bearer number-3")
    }

    @Test("an expired token is never used, and all who wait hear why there is no other")
    func expired() async throws {
        _ = try await fetch(token("one"))
        clock.advance(1000)
        let error = await #expect(throws: ServiceClientError.self) { try await fetch(.failure(Refused())) }
        #expect(error?.reason == .noToken)
        #expect(error?.message.contains("refused for good") == true)
        #expect(error?.mayHaveBeenApplied == false)
        #expect(try await fetch(token("two")) == "Bearer two")
    }

    @Test(
        "what is no token is not used",
        arguments: [("", 1000), ("two words", 1000), ("a\r\nHost: b", 1000), ("over", 0), ("over", Int64.min / 2)]
            as [(String, Int64)]
    )
    func badTokens(text: String, life: Int64) async {
        let error = await #expect(throws: ServiceClientError.self) { try await fetch(token(text, life: life)) }
        #expect(error?.reason == .noToken)
        #expect(error?.message.contains("Host: b") == false)
    }

    @Test("an expiry without sense overflows nothing")
    func farExpiry() async throws {
        let forever = AccessToken(token: "long", expiresOn: .max)
        #expect(try await fetch(.success(forever)) == "Bearer long")
        clock.set(253_402_300_799)
        #expect(try await fetch(token("next")) == "Bearer next")
    }

    @Test("a cancelled call ends at once, and a flight that nobody waits for is given up")
    func cancellation() async throws {
        let call = Task { try await kept() }
        _ = await credential.nextRequest()
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
        #expect(credential.cancellations == 1)
        // The next call starts anew.
        #expect(try await fetch(token("two")) == "Bearer two")
        #expect(credential.requests == 2)
    }

    @Test("one of two who wait may leave, and the other gets the token")
    func oneLeaves() async throws {
        let first = Task { try await kept() }
        let request = await credential.nextRequest()
        let second = Task { try await kept() }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        // The second may have come before or after the first has left; both end well.
        credential.answer(request, with: token("one"))
        if credential.cancellations == 1 { credential.answer(await credential.nextRequest(), with: token("one")) }
        #expect(try await second.value == "Bearer one")
    }

    @Test("a credential that never answers is not waited for longer than allowed")
    func timeLimit() async {
        let error = await #expect(throws: ServiceClientError.self) {
            try await keeper.authorization(within: .milliseconds(1))
        }
        #expect(error?.reason == .noToken)
        #expect(error?.message.contains("no token within") == true)
    }

    @Test("a refused token is replaced once it is ten seconds old, by one for all")
    func refusedToken() async throws {
        let first = try await fetch(token("one"))
        #expect(try await keeper.renewed(insteadOf: first, within: Self.patience) == nil)
        clock.advance(10)
        async let renewed = keeper.renewed(insteadOf: first, within: Self.patience)
        credential.answer(await credential.nextRequest(), with: token("two"))
        #expect(try await renewed == "Bearer two")
        #expect(try await keeper.renewed(insteadOf: first, within: Self.patience) == "Bearer two")
        #expect(credential.requests == 2)
        clock.advance(10)
        async let none = keeper.renewed(insteadOf: "Bearer two", within: Self.patience)
        credential.answer(await credential.nextRequest(), with: .failure(Refused()))
        #expect(try await none == nil)
        #expect(try await kept() == "Bearer two")
    }
}
