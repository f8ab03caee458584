import IoTHub
import Testing

@testable import LiveServer

@Suite("The table of devices")
struct DeviceTableTests {
    @Test(
        "a search is a condition, a whole query, or nothing",
        arguments: [
            ("", "SELECT * FROM devices"), ("  ", "SELECT * FROM devices"),
            (" tags.a = 1 ", "SELECT * FROM devices WHERE tags.a = 1"),
            ("where tags.a = 1", "SELECT * FROM devices WHERE tags.a = 1"),
            ("wherever = 1", "SELECT * FROM devices WHERE wherever = 1"),
            ("select deviceId from devices", "select deviceId from devices"),
            ("SELECT\n* FROM devices", "SELECT\n* FROM devices"),
            ("selected = 1", "SELECT * FROM devices WHERE selected = 1"),
        ]
    )
    func query(search: String, sql: String) {
        #expect(DeviceTable.query(for: search) == sql)
    }

    @Test("a row has what tells devices apart, however large the twin")
    func row() {
        let note = JSON.string(String(repeating: "x", count: 500))
        let row = DeviceTable.row([
            "deviceId": "d", "status": "enabled", "connectionState": "Connected",
            "tags": ["location": ["plant": "Redmond43", "floor": 2], "note": note],
            "lastActivityTime": "2026-01-02T03:04:05Z",
            "properties": ["desired": ["a": 1, "$version": 7], "reported": ["$version": 3]],
        ])
        #expect(row["id"] == "d")
        #expect(row["state"] == "Connected")
        #expect(row["desiredVersion"] == 7)
        #expect(row["activity"] == "2026-01-02T03:04:05Z")
        let text = row["tags"]?.stringValue ?? ""
        #expect(text.hasPrefix("location.plant=Redmond43, location.floor=2, note=xxx"))
        #expect(text.count == 200)
    }

    @Test("a device that was never seen says so, and a row that is no twin is shown as it is")
    func others() {
        let sections: JSON = ["desired": [:], "reported": [:]]
        let new = DeviceTable.row(["deviceId": "d", "lastActivityTime": "0001-01-01T00:00:00Z", "properties": sections])
        #expect(new["activity"] == .null)
        #expect(DeviceTable.row(["numberOfDevices": 3]) == ["raw": #"{"numberOfDevices":3}"#])
        #expect(DeviceTable.row(["deviceId": "d"]) == ["raw": #"{"deviceId":"d"}"#])
    }
}
