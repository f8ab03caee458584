import ArgumentParser
import BenchmarkKit
import ServiceClient

/// Registers devices with tags and desired properties, 100 in a request.
struct Fill: AsyncParsableCommand {
    @OptionGroup var options: HubOptions

    @Option(help: "How many devices.")
    var devices = 1000

    func run() async throws {
        try await options.withManager { manager in
            let before = Measure.now()
            let starts = Array(stride(from: 0, to: devices, by: RegistryManager.largestBulk))
            try await withThrowingTaskGroup { group in
                for worker in 0..<options.concurrency {
                    group.addTask {
                        for index in stride(from: worker, to: starts.count, by: options.concurrency) {
                            let end = min(starts[index] + RegistryManager.largestBulk, devices)
                            let result = try await manager.bulk((starts[index]..<end).map(LoadDevices.item))
                            if let error = result.errors.first { throw FillError(description: "\(error)") }
                        }
                    }
                }
                try await group.waitForAll()
            }
            var figures = Measure.difference(before, Measure.now())
            figures["devices"] = devices
            Measure.printLine(event: "fill", figures)
        }
    }
}

/// A device was refused.
struct FillError: Error, CustomStringConvertible {
    var description: String
}
