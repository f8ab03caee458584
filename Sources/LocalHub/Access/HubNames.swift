import Glibc

/// The names and addresses under which clients may know the hub.
struct HubNames: Sendable {
    /// In the order in which the certificate carries them; without repetitions.
    let all: [String]

    /// This machine's loopback names, the name in connection strings, the machine's own, and the names given.
    init(hostName: String, more: [String]) {
        var seen: Set<String> = []
        let candidates = [hostName, "localhost", "127.0.0.1", "::1", Self.machine] + more
        all = candidates.map { $0.lowercased() }.filter { !$0.isEmpty && seen.insert($0).inserted }
    }

    /// The same for looking names up.
    var set: Set<String> { Set(all) }

    private static var machine: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        // A certificate's DNS names are ASCII.
        return bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? String(decoding: bytes, as: UTF8.self) : ""
    }
}
