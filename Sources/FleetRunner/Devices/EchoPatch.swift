import IoTHub

/// What a device reports: the words of Microsoft's twin sample.
enum EchoPatch {
    /// The reported property that says when the device got the last desired change.
    static let lastChangeReceived = "DateTimeLastDesiredPropertyChangeReceived"
    /// The reported property that says when the device's program started.
    static let lastAppLaunch = "DateTimeLastAppLaunch"

    /// The echo of a desired change: the same members, removals included, and when they came.
    static func answer(to desired: JSONObject, receivedEpoch: Int64) -> JSONObject {
        var patch = desired
        patch[lastChangeReceived] = .string(HubTimestamp(ticksSinceEpoch: receivedEpoch * 10).description)
        return patch
    }

    /// The first report of a device.
    static func launch(connectivity: String?, epoch: Int64) -> JSONObject {
        var patch: JSONObject = [lastAppLaunch: .string(HubTimestamp(ticksSinceEpoch: epoch * 10).description)]
        if let connectivity { patch["connectivity"] = ["type": .string(connectivity)] }
        return patch
    }
}
