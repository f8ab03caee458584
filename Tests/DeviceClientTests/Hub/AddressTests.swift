import IoTHub
import Testing

@testable import DeviceClient

/// Hosts with more than one address.
@Suite(.timeLimit(.minutes(2))) struct AddressTests {
    @Test("when one address cannot be connected to at all, the next is tried", arguments: Way.allCases)
    func unreachable(_ way: Way) async throws {
        try await Bench.with(way) { bench in
            // No TCP leads to a broadcast address, and the system says so at once.
            let address = HostAddress(addresses: ["255.255.255.255", "127.0.0.1"])
            let client = try bench.client("d") { $0.address = address }
            await client.setRetryPolicy(NoRetry())
            try await client.open()
            #expect(try await client.updateReportedProperties(["x": 1]) == 2)
            await client.close()
        }
    }
}
