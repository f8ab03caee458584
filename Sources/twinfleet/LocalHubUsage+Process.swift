import FleetReport
import Foundation

extension LocalHubUsage {
    /// Reads what a process has used so far; nil when it is gone or the system does not say.
    ///
    /// Not `getrusage` of all children: a shell that builds this program and then becomes it leaves it the compiler as a
    /// child that has ended.
    ///
    /// Source: the manual page proc(5).
    init?(ofProcess process: Int32) {
        guard let stat = Self.text(ofFile: "/proc/\(process)/stat"),
            let status = Self.text(ofFile: "/proc/\(process)/status"),
            // The program's name stands in brackets before the fields and may have any of their signs in it.
            let name = stat.lastIndex(of: ")")
        else { return nil }
        // Counted from the state, which is field 3: fields 14 and 15.
        let fields = stat[name...].dropFirst().split(separator: " ")
        let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
        let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        // A process that has ended and was not yet waited for has no memory.
        guard fields.count > 12, let user = Int64(fields[11]), let system = Int64(fields[12]), ticksPerSecond > 0,
            let kilobytes = peak?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int64($0) })
        else { return nil }
        self.init(
            cpuSeconds: (Double(user) + Double(system)) / ticksPerSecond,
            peakResidentBytes: kilobytes * 1024
        )
    }

    /// A file of /proc by hand: Foundation leaks a page at each reading of a file without a size.
    private static func text(ofFile path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }
}
