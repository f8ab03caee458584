import ArgumentParser
import BenchmarkKit
import IoTHub
import NIOConcurrencyHelpers
import ServiceClient

/// Changes one twin in a request, as fast as the hub answers.
struct Writes: AsyncParsableCommand {
    @OptionGroup var options: HubOptions

    @Option(help: "How many devices take turns.")
    var devices = 1000

    @Option(help: "How long to measure, in seconds, after one second that does not count.")
    var seconds = 5

    func run() async throws {
        try await options.withManager { manager in
            _ = try await write(manager, until: Measure.now().seconds + 1)
            let before = Measure.now()
            let count = try await write(manager, until: before.seconds + Double(seconds))
            var figures = Measure.difference(before, Measure.now())
            figures["writes"] = count
            Measure.printLine(event: "writes", figures)
        }
    }

    private func write(_ manager: RegistryManager, until end: Double) async throws -> Int {
        let total = NIOLockedValueBox(0)
        try await withThrowingTaskGroup { group in
            for worker in 0..<options.concurrency {
                group.addTask {
                    var count = 0
                    while Measure.now().seconds < end {
                        let id = LoadDevices.id((worker + count * options.concurrency) % devices)
                        let value = JSON.integer(Int64(count))
                        try await manager.updateTwin(id, patch: ["properties": ["desired": ["n": value]]])
                        count += 1
                    }
                    let done = count
                    total.withLockedValue { $0 += done }
                }
            }
            try await group.waitForAll()
        }
        return total.withLockedValue { $0 }
    }
}
