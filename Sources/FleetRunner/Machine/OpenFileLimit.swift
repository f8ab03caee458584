public import Fleet
import Glibc
import IoTHub

/// How many files this process may have open: one per connection, three for MQTT over a WebSocket, and some for everything
/// else.
public enum OpenFileLimit {
    /// Files that a run needs besides one per device: standard streams, lanes, the back end's connections, reports.
    static let reserve = 96

    /// Raises the soft limit to the hard one.
    /// - Returns: the limit that is in force now.
    @discardableResult
    public static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            // A refusal leaves the old limit in force, which is what is reported.
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// Files that the devices of a fleet need.
    ///
    /// `Mqtt` and `Amqp` are counted as if TCP got through.
    static func files(of fleet: Fleet) -> Int {
        var files = 0
        var pooled = 0
        for device in fleet.devices {
            if let pool = fleet.amqpPool, pool > 0, device.transport.isAMQP, device.auth == .sas {
                pooled += 1
            } else {
                // libmosquitto knows no WebSockets: both ends of a pair lie between it and the socket.
                files += device.transport == .mqttWebSocketOnly ? 3 : 1
            }
        }
        guard let pool = fleet.amqpPool, pool > 0 else { return files }
        return files + (pooled + pool - 1) / pool
    }

    /// Raises the limit and checks that it is enough for a fleet, all of whose connections will be open at once.
    /// - Parameter fleet: the fleet.
    /// - Throws: `RunError` with `limitTooLow` that says how many files are needed and how to raise the limit.
    public static func check(_ fleet: Fleet) throws(RunError) {
        let limit = raise()
        let devices = fleet.devices.count
        let files = files(of: fleet)
        let needed = files + reserve
        guard needed > limit else { return }
        let possible = files > 0 ? Double(max(0, limit - reserve)) * Double(devices) / Double(files) : 0
        throw RunError(
            .limitTooLow,
            """
            too few open files: \(devices) devices need \(needed), this process may open \(limit).
            Raise the hard limit (as root: ulimit -n \(needed), or LimitNOFILE= of the service, or
            /etc/security/limits.conf), or run at most \(Int(possible)) devices.
            """
        )
    }
}
