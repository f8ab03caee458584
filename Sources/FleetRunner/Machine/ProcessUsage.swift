import Foundation

/// What this process has used so far.
public struct ProcessUsage: Sendable, Hashable {
    /// CPU seconds, user and system.
    public var cpuSeconds: Double
    /// Greatest resident memory, in bytes.
    public var peakResidentBytes: Int64

    /// Makes a usage.
    public init(cpuSeconds: Double, peakResidentBytes: Int64) {
        self.cpuSeconds = cpuSeconds
        self.peakResidentBytes = peakResidentBytes
    }

    /// Reads the usage of this process.
    public static func now() -> ProcessUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }
        return ProcessUsage(
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            // Linux counts it in kilobytes.
            peakResidentBytes: Int64(usage.ru_maxrss) * 1024
        )
    }

    /// Resident memory now, in bytes; 0 when the system does not say.
    public static func residentBytes() -> Int64 {
        // By hand, since Foundation leaks a page at each reading of a file without a size, and this is read each second.
        let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 128)
        let count = read(file, &buffer, buffer.count)
        let fields = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int64(fields[1]) else { return 0 }
        return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Threads of this process now.
    static func threads() -> Int { entries(of: "/proc/self/task") }

    /// Open files of this process now.
    static func openFiles() -> Int { entries(of: "/proc/self/fd") }

    private static func entries(of folder: String) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: folder).count) ?? 0
    }
}

/// The machine in words, for the record of a run.
enum Machine {
    /// Such as "Linux 6.1.0 x86_64, 2 processors".
    static var description: String {
        var name = utsname()
        uname(&name)
        func text<Field>(_ field: Field) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        let count = processors
        return "\(text(name.sysname)) \(text(name.release)) \(text(name.machine)), \(count) "
            + (count == 1 ? "processor" : "processors")
    }

    /// Processors that this process may run on.
    static var processors: Int { ProcessInfo.processInfo.activeProcessorCount }
}
