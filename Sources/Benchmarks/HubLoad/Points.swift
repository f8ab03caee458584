import ArgumentParser
import BenchmarkKit
import IoTHub
import ServiceClient

/// One caller that reads, changes, registers and removes, one after the other, anywhere in the registry.
struct Points: AsyncParsableCommand {
    @OptionGroup var options: HubOptions

    @Option(help: "How many devices there are.")
    var devices = 1000

    @Option(help: "How often each is done.")
    var times = 1000

    func run() async throws {
        try await options.withManager { manager in
            // The first request pays for the connection.
            _ = try await manager.getTwin(LoadDevices.id(0))
            var figures: [String: any Sendable] = [:]
            func note(_ name: String, _ operation: (Int) async throws -> Void) async throws {
                var waits: [Double] = []
                for number in 0..<times {
                    let start = Measure.now().seconds
                    // A step that meets most devices of any number of them.
                    try await operation(number * 7919 % devices)
                    waits.append((Measure.now().seconds - start) * 1e6)
                }
                waits.sort()
                figures["\(name)_p50_us"] = waits[waits.count / 2]
                figures["\(name)_p99_us"] = waits[waits.count * 99 / 100]
            }
            try await note("get_twin") { _ = try await manager.getTwin(LoadDevices.id($0)) }
            try await note("update_twin") {
                try await manager.updateTwin(LoadDevices.id($0), patch: ["tags": ["serial": .string("T-\($0)")]])
            }
            try await note("add_device") { _ = try await manager.addDevice(Device(id: "point-\($0)")) }
            try await note("remove_device") { try await manager.removeDevice("point-\($0)") }
            Measure.printLine(event: "points", figures)
        }
    }
}
