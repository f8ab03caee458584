import IoTHub
import ServiceClient
import Testing

@testable import twinfleet

@Suite("Work on many devices")
struct BulkOutcomeTests {
    private let ids = (1...250).map { "press-\($0)" }

    @Test func devicesGoInGroupsAndFailuresAreKeptByDevice() async throws {
        var sizes: [Int] = []
        let outcome = try await BulkOutcome.collect(ids) { group in
            sizes.append(group.count)
            guard group.contains("press-150") else { return BulkRegistryOperationResult(isSuccessful: true) }
            return BulkRegistryOperationResult(
                isSuccessful: false,
                errors: [BulkError(deviceID: "press-150", code: .deviceNotFound, status: "press-150")]
            )
        }
        #expect(sizes == [100, 100, 50])
        #expect(outcome.done.count == 249)
        #expect(outcome.failures == [.init(deviceID: "press-150", reason: "no such device")])
        let error = #expect(throws: CommandError.self) { try outcome.check("updated") }
        #expect(error == CommandError(.refused, "1 of 250 devices not updated:\n  press-150: no such device"))
        #expect(outcome.json(doneAs: "updated")["isSuccessful"] == false)
        #expect(outcome.json(doneAs: "updated")["updated"]?.arrayValue?.count == 249)
    }

    @Test func aFailureOfAGroupKeepsWhatWasDoneBefore() async throws {
        let outcome = try await BulkOutcome.collect(ids) { group in
            guard group.first == "press-1" else { throw CommandError(.unavailable, "gone") }
            return BulkRegistryOperationResult(isSuccessful: true)
        }
        #expect(outcome.done.count == 100)
        #expect(outcome.failures.count == 150)
        #expect(outcome.failures.first?.reason == "gone")
    }

    @Test func aFailureOfTheFirstGroupIsTheCommands() async {
        await #expect(throws: CommandError(.unavailable, "gone")) {
            try await BulkOutcome.collect(ids) { _ in throw CommandError(.unavailable, "gone") }
        }
    }

    @Test func resultsComeInTheOrderOfTheItems() async {
        let results = await inOrder(Array(0..<50), width: 7) { number in
            await Task.yield()
            return number * 2
        }
        #expect(results == (0..<50).map { $0 * 2 })
        #expect(await inOrder([Int](), width: 3) { $0 }.isEmpty)
    }
}
