import CLinux

/// The bytes that the C heap has given out, which both Swift and C libraries take from.
public final class Memory {
    private var start = Memory.inUse

    private static var inUse: Int { Int(mallinfo2().uordblks) + Int(mallinfo2().hblkhd) }

    /// The address sanitizer has a heap of its own, which keeps freed memory for a while and finds leaks by itself.
    public static var isMeasured: Bool { inUse > 0 }

    /// Counts from now on.
    public init() {}

    /// Counts from here on.
    public func mark() { start = Self.inUse }

    /// How many more bytes are given out.
    public var growth: Int { Self.inUse - start }

    /// Does something again and again until it leaves little enough behind: other threads take memory too, but not each
    /// time, while what is lost is lost each time.
    /// - Parameters:
    ///   - limit: the bytes that are little enough; asked for after each round.
    ///   - body: what to do.
    /// - Returns: the bytes that the best round left.
    /// - Throws: what the body throws.
    public static func leastGrowth(upTo limit: @autoclosure () -> Int, _ body: () throws -> Void) rethrows -> Int {
        var least = Int.max
        for _ in 0..<4 where least >= limit() {
            let memory = Memory()
            try body()
            least = min(least, memory.growth)
        }
        return least
    }

    /// The resident size of this process, in bytes.
    public static var resident: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
            separator: " "
        )
        return words.count > 1 ? (Int(words[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }
}
