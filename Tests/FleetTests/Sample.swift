import Foundation
import Testing

@testable import Fleet

/// Fleet files for tests.
enum Sample {
    /// A good fleet with most keys in it; tests replace parts of it.
    static let good = """
        fleet: sample
        hub: local
        seed: 42
        connect: 200/s
        duration: 1m
        devices:
          - id: myDeviceId
            transport: Mqtt
            connectivity: cellular
            tags: { location: { region: US, plant: Redmond43 } }
          - id: "press-{index:04}"
            count: 10
            transport: { Mqtt: 60%, Mqtt_Tcp_Only: 40% }
            connectivity: { wifi: 70%, cellular: 30% }
            auth: sas
            tags: { location: { region: EU, plant: "Munich{index%4}" } }
        workload:
          - desired: { speed: { type: 5G }, telemetryInterval: "{random:1..60}" }
            rate: 100/s
        latencyBy: [tags.location.plant]
        thresholds:
          delivery: [p50 < 50ms, p99 < 500ms]
          lost: [== 0]
        """

    static func parse(_ text: String, environment: [String: String] = [:]) throws -> Fleet {
        try Fleet.parse(Array(text.utf8), file: "f.yaml", environment: environment)
    }

    /// The mistakes of a text, each as one line; empty when it is good.
    static func mistakes(_ text: String, environment: [String: String] = [:]) -> [String] {
        mistakes(Array(text.utf8), environment: environment)
    }

    static func mistakes(_ bytes: [UInt8], environment: [String: String] = [:]) -> [String] {
        do throws(FleetFileError) {
            _ = try Fleet.parse(bytes, file: "f.yaml", environment: environment)
            return []
        } catch {
            return error.description.split(separator: "\n").map(String.init)
        }
    }

    /// The good fleet with one part replaced.
    static func replacing(_ part: String, _ replacement: String) throws -> String {
        try #require(good.contains(part), "the sample has no \(part)")
        return good.replacing(part, with: replacement, maxReplacements: 1)
    }
}
