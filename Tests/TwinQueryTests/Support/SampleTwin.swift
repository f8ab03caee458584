import IoTHub

/// The twin of the documents, with more in it.
enum SampleTwin {
    static let text = """
        {"deviceId": "myDeviceId", "etag": "AAAAAAAAAAc=", "status": "enabled", "connectionState": "Disconnected",
         "lastActivityTime": "2021-05-07T00:50:38.0543092Z", "cloudToDeviceMessageCount": 0, "version": 2,
         "capabilities": {"iotEdge": false},
         "tags": {"location": {"region": "US", "plant": "Redmond43"}, "group": {"name": "red"}, "floor": 3,
                  "ready": true, "broken": false, "none": null, "list": [1, "a"], "half": 0.5,
                  "big": 9007199254740993, "Floor": 4, "größe": "é", "with space": 1},
         "properties": {
           "desired": {"telemetryConfig": {"sendFrequencyInSecs": 300}, "$version": 4},
           "reported": {"connectivity": {"type": "cellular"},
                        "telemetryConfig": {"sendFrequencyInSecs": 300, "status": "Success"}, "$version": 7}},
         "configurations": {"conf.1": {"status": "Applied"}}}
        """

    static func row() throws -> JSON { try JSON(parsing: text) }
}
