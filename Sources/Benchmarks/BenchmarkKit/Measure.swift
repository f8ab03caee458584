import CLinux
import Foundation

/// What the operating system says about this process.
public enum Measure {
    /// Time and processor time at one moment.
    public struct Mark: Sendable {
        /// On the monotonic clock.
        public var seconds: Double
        /// User and system.
        public var processorSeconds: Double
    }

    /// This moment.
    public static func now() -> Mark {
        var clock = timespec()
        clock_gettime(CLOCK_MONOTONIC, &clock)
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        let microseconds = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec
        return Mark(
            seconds: Double(clock.tv_sec) + Double(clock.tv_nsec) / 1e9,
            processorSeconds: Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + Double(microseconds) / 1e6
        )
    }

    /// Seconds on the clock and of the processors between two moments, named for `printLine`.
    public static func difference(_ first: Mark, _ last: Mark) -> [String: any Sendable] {
        ["seconds": last.seconds - first.seconds, "cpu_seconds": last.processorSeconds - first.processorSeconds]
    }

    /// Bytes of this process that are in memory.
    public static var residentBytes: Int {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
    }

    /// Files that this process has open.
    public static var openFiles: Int {
        // The listing itself is one of them.
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count ?? 1) - 1
    }

    /// Asks for as many open files as the system allows.
    public static func raiseOpenFileLimit() {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Prints one line of JSON at once, also into a pipe.
    public static func printLine(event: String, _ figures: [String: any Sendable]) {
        let members = figures.map { "\"\($0.key)\":\($0.value)" }.sorted().joined(separator: ",")
        print("{\"event\":\"\(event)\",\(members)}")
        fflush(nil)
    }
}
