import Glibc

/// How many files this process may have open: one per device connection and some for everything else.
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

    /// Raises the limit and checks that it is enough for a fleet.
    /// - Parameter devices: connections that will be open at once.
    /// - Throws: `RunError` with `limitTooLow` that says how many files are needed and how to raise the limit.
    public static func check(devices: Int) throws(RunError) {
        let limit = raise()
        let (needed, overflow) = devices.addingReportingOverflow(reserve)
        guard overflow || needed > limit else { return }
        throw RunError(
            .limitTooLow,
            """
            too few open files: \(devices) devices need \(needed), this process may open \(limit).
            Raise the hard limit (as root: ulimit -n \(needed), or LimitNOFILE= of the service, or
            /etc/security/limits.conf), or run at most \(max(0, limit - reserve)) devices.
            """
        )
    }
}
