import IoTHub
import Testing

@testable import Fleet

@Suite("Devices of a template")
struct ExpansionTests {
    private func devices(_ template: String, seed: Int = 1) throws -> [FleetDevice] {
        try Sample.parse(
            """
            fleet: a
            seed: \(seed)
            duration: 1s
            devices:
              - \(template)
            workload: [{ desired: { a: 1 }, rate: 1/s }]
            """
        ).devices
    }

    @Test("placeholders are filled in from 0 on")
    func placeholders() throws {
        let devices = try devices(
            #"{ id: "a-{index:03}-{index%2:02}", count: 3, tags: { n: "{index}", m: "line {index%2}", t: "{index:02}", b: "{{x}}", l: [1, "{index}"] } }"#
        )
        #expect(devices.map(\.id) == ["a-000-00", "a-001-01", "a-002-00"])
        #expect(devices.map(\.index) == [0, 1, 2])
        #expect(devices[2].tags == ["n": 2, "m": "line 0", "t": "02", "b": "{x}", "l": [1, 2]])
    }

    @Test("without a word a device speaks MQTT, has no connectivity and no tags")
    func defaults() throws {
        #expect(try devices("id: a") == [FleetDevice(id: "a")])
    }

    @Test("shares are dealt exactly", arguments: [1, 2, 3, 7, 10, 99, 1000])
    func exact(_ count: Int) throws {
        let devices = try devices(
            #"{ id: "a{index}", count: \#(count), transport: { Mqtt: 60%, Mqtt_Tcp_Only: 40% }, connectivity: { a: 33.4%, b: 33.3%, c: 33.3% } }"#
        )
        let mqtt = devices.count { $0.transport == .mqtt }
        #expect(mqtt == Int((Double(count) * 0.6).rounded()))
        let counts = ["a", "b", "c"].map { name in devices.count { $0.connectivity == name } }
        #expect(counts == Dealer.counts([33_400_000, 33_300_000, 33_300_000], of: count))
        #expect(counts.reduce(0, +) == count)
    }

    @Test("the same seed deals the same way, another seed another way")
    func deterministic() throws {
        let template = #"{ id: "a{index}", count: 100, transport: { Mqtt: 50%, Mqtt_Tcp_Only: 50% } }"#
        #expect(try devices(template, seed: 1) == devices(template, seed: 1))
        #expect(try devices(template, seed: 1).map(\.transport) != devices(template, seed: 2).map(\.transport))
    }

    @Test("transport, connectivity and {index%4} have nothing to do with each other")
    func independent() throws {
        let devices = try devices(
            #"{ id: "a{index}", count: 1000, transport: { Mqtt: 50%, Mqtt_Tcp_Only: 50% }, connectivity: { a: 50%, b: 50% } }"#
        )
        let both = devices.count { $0.transport == .mqtt && $0.connectivity == "a" }
        #expect(both == 250)
        for remainder in 0..<4 {
            let share = devices.count { $0.index % 4 == remainder && $0.transport == .mqtt }
            #expect((100...150).contains(share))
        }
    }

    @Test("the largest remainders get what is left, the first of equals first")
    func remainders() {
        #expect(Dealer.counts([1, 1, 1], of: 10) == [4, 3, 3])
        #expect(Dealer.counts([50, 30, 20], of: 3) == [1, 1, 1])
        #expect(Dealer.counts([60, 40], of: 1) == [1, 0])
        #expect(Dealer.counts([100, 0], of: 7) == [7, 0])
        #expect(Dealer.counts([], of: 7) == [])
        #expect(Dealer.evenSequence([3, 1]) == [0, 0, 1, 0])
        #expect(Dealer.evenSequence([]) == [])
    }

    @Test("a million devices are within the limit")
    func many() throws {
        // The loader's own limit; a debug build takes too long to expand so many.
        #expect(FleetLoader.deviceLimit == 1_000_000)
        #expect(try devices(#"{ id: "{index}", count: 20000 }"#).count == 20_000)
    }
}
