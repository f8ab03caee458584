import IoTHub
import Testing

@testable import LocalHub

@Suite("The service API: statistics")
struct StatisticsTests {
    let bench = ServiceBench()

    @Test("devices are counted by status and connection")
    func counts() throws {
        func devices() throws -> JSON { try bench.send("GET", "/statistics/devices").json }
        func connected() throws -> JSON { try bench.send("GET", "/statistics/service").json }
        #expect(try devices() == ["totalDeviceCount": 0, "enabledDeviceCount": 0, "disabledDeviceCount": 0])
        #expect(try connected() == ["connectedDeviceCount": 0])
        for number in 0..<150 {
            var device = Device(id: "d\(number)")
            if number < 20 { device.status = .disabled }
            try bench.registry.createDevice(device)
        }
        let connections = (0..<30).map { _ in RecordingConnection() }
        for (number, connection) in connections.enumerated() {
            try bench.registry.connect("d\(100 + number)", connection: connection, modelID: nil)
        }
        #expect(try devices() == ["totalDeviceCount": 150, "enabledDeviceCount": 130, "disabledDeviceCount": 20])
        #expect(try connected() == ["connectedDeviceCount": 30])
        bench.registry.disconnect("d100", connection: connections[0])
        try bench.registry.removeDevice("d101")
        var disabled = Device(id: "d102")
        disabled.status = .disabled
        try bench.registry.updateDevice(disabled)
        #expect(try devices() == ["totalDeviceCount": 149, "enabledDeviceCount": 128, "disabledDeviceCount": 21])
        #expect(try connected() == ["connectedDeviceCount": 27])
    }
}
