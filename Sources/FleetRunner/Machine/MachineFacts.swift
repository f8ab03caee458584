import Foundation

/// What the machine that runs a fleet has, as far as it limits a fleet's size.
public struct MachineFacts: Sendable, Hashable {
    /// Files that a process may have open without asking for more: the soft limit.
    public var softOpenFiles: Int
    /// Files that a process may allow itself: the hard limit, to which a run raises the soft one.
    public var hardOpenFiles: Int
    /// The greatest hard limit that root can give; nil when the system does not say.
    public var greatestOpenFiles: Int?
    /// The ports that connections go out from.
    public var sourcePorts: ClosedRange<Int>
    /// Processors that a process may run on.
    public var processors: Int
    /// Memory that can be had without swapping, in bytes; nil when the system does not say.
    public var availableMemoryBytes: Int64?
    /// Swap space that is free, in bytes.
    public var freeSwapBytes: Int64

    /// Creates facts, for tests and other machines.
    public init(
        softOpenFiles: Int,
        hardOpenFiles: Int,
        greatestOpenFiles: Int? = nil,
        sourcePorts: ClosedRange<Int> = Self.usualSourcePorts,
        processors: Int,
        availableMemoryBytes: Int64?,
        freeSwapBytes: Int64 = 0
    ) {
        self.softOpenFiles = softOpenFiles
        self.hardOpenFiles = hardOpenFiles
        self.greatestOpenFiles = greatestOpenFiles
        self.sourcePorts = sourcePorts
        self.processors = processors
        self.availableMemoryBytes = availableMemoryBytes
        self.freeSwapBytes = freeSwapBytes
    }

    /// Linux's own default of `net.ipv4.ip_local_port_range`.
    public static let usualSourcePorts = 32_768...60_999

    /// Asks this machine.
    ///
    /// Source: the manual pages getrlimit(2), proc(5) and ip(7), and those of ``MemoryGroups``.
    public static func read() -> MachineFacts {
        let limits = OpenFileLimit.read()
        let memory = text(of: "/proc/meminfo").map(Self.fields(ofMemory:)) ?? [:]
        let groups = MemoryGroups(of: text(of: "/proc/self/cgroup") ?? "", read: text(of:))
        return MachineFacts(
            softOpenFiles: limits.soft,
            hardOpenFiles: limits.hard,
            greatestOpenFiles: number(in: "/proc/sys/fs/nr_open").map { Int(clamping: $0) },
            sourcePorts: text(of: "/proc/sys/net/ipv4/ip_local_port_range").flatMap(Self.range) ?? usualSourcePorts,
            processors: Machine.processors,
            availableMemoryBytes: [memory["MemAvailable"], groups.room].compactMap(\.self).min(),
            freeSwapBytes: min(memory["SwapFree"] ?? 0, groups.swapRoom ?? .max)
        )
    }

    /// The members of /proc/meminfo that count in kilobytes, in bytes.
    static func fields(ofMemory text: String) -> [String: Int64] {
        var fields: [String: Int64] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(whereSeparator: \.isWhitespace)
            guard parts.count == 3, parts[2] == "kB", let name = parts[0].split(separator: ":").first,
                let kilobytes = Int64(parts[1])
            else { continue }
            let (bytes, overflow) = kilobytes.multipliedReportingOverflow(by: 1024)
            fields[String(name)] = overflow ? .max : bytes
        }
        return fields
    }

    /// A range as the kernel writes it: two numbers.
    static func range(_ text: String) -> ClosedRange<Int>? {
        let ends = text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        guard ends.count == 2, ends[0] <= ends[1] else { return nil }
        return ends[0]...ends[1]
    }

    private static func number(in file: String) -> Int64? {
        text(of: file).flatMap { Int64($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    /// Nil for what this kernel does not have, or does not let us read: then nothing is held against it.
    private static func text(of file: String) -> String? { try? String(contentsOfFile: file, encoding: .utf8) }
}
