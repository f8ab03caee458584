/// What the control groups of this process leave it of memory, as in a container.
///
/// A group's limit holds for everything below it, so the least room over a group and its parents counts. Cache of files and
/// of the kernel's own objects is charged to a group, too, and given back when memory is short: it is room.
///
/// Source: the kernel's documentation, "Control Group v2" and "Memory Resource Controller" (version 1), and cgroups(7).
struct MemoryGroups: Sendable, Hashable {
    /// Memory that can still be had, in bytes; nil without a limit.
    var room: Int64?
    /// Swap space that can still be had, in bytes; nil without a limit.
    var swapRoom: Int64?

    /// Reads the groups.
    /// - Parameters:
    ///   - membership: the text of /proc/self/cgroup.
    ///   - read: the text of a file by its path; nil where there is none.
    init(of membership: String, read: (String) -> String?) {
        let lines = membership.split(separator: "\n").map {
            $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        }
        for line in lines where line.count == 3 && line[0] == "0" && line[1].isEmpty {
            for folder in Self.folders(of: line[2], in: "/sys/fs/cgroup") {
                room = Self.least(room, Self.room(in: folder, .second, read))
                // What cannot be told from a limit that is not there does not narrow anything.
                if let limit = Self.number(read(folder + "/memory.swap.max")) {
                    let used = Self.number(read(folder + "/memory.swap.current")) ?? 0
                    swapRoom = Self.least(swapRoom, Self.difference(limit, used))
                }
            }
        }
        guard room == nil else { return }
        for line in lines where line.count == 3 && line[1].split(separator: ",").contains("memory") {
            for folder in Self.folders(of: line[2], in: "/sys/fs/cgroup/memory") {
                room = Self.least(room, Self.room(in: folder, .first, read))
            }
        }
    }

    /// How the files of a version are called.
    private struct Names {
        var limit: String
        var used: String
        var reclaimable: [String]

        static let first = Names(
            limit: "memory.limit_in_bytes",
            used: "memory.usage_in_bytes",
            reclaimable: ["total_inactive_file", "total_active_file"]
        )
        static let second = Names(
            limit: "memory.max",
            used: "memory.current",
            reclaimable: ["inactive_file", "active_file", "slab_reclaimable"]
        )
    }

    /// The folders of a group and of its parents.
    ///
    /// A container often sees its own group as the topmost one although the
    /// membership tells the path from outside; the folders that are not there say nothing.
    private static func folders(of path: String, in root: String) -> [String] {
        var folders = [root]
        for name in path.split(separator: "/") where name != ".." { folders.append("\(folders.last ?? root)/\(name)") }
        return folders
    }

    private static func room(in folder: String, _ names: Names, _ read: (String) -> String?) -> Int64? {
        // Without a limit version 2 says "max", which is no number, and version 1 the greatest number of pages.
        guard let limit = number(read("\(folder)/\(names.limit)")), limit < 1 << 60,
            let used = number(read("\(folder)/\(names.used)"))
        else { return nil }
        var reclaimable: Int64 = 0
        for line in (read("\(folder)/memory.stat") ?? "").split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count == 2, names.reclaimable.contains(String(parts[0])), let bytes = Int64(parts[1]) else {
                continue
            }
            reclaimable = reclaimable.addingReportingOverflow(max(0, bytes)).partialValue
        }
        return difference(limit, difference(used, reclaimable))
    }

    /// What is left of a number, never less than nothing.
    private static func difference(_ whole: Int64, _ part: Int64) -> Int64 {
        let (difference, overflow) = whole.subtractingReportingOverflow(part)
        return overflow ? 0 : max(0, difference)
    }

    private static func least(_ first: Int64?, _ second: Int64?) -> Int64? { [first, second].compactMap(\.self).min() }

    private static func number(_ text: String?) -> Int64? {
        text.flatMap { $0.split(whereSeparator: \.isWhitespace).first }.flatMap { Int64($0) }
    }
}
