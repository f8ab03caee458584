import Glibc

/// A TCP port on loopback that swallows what comes: a firewall that drops, or a peer that hangs.
final class SilentPeer: Sendable {
    enum Kind: Sendable {
        /// Connects get no answer at all.
        case fullBacklog
        /// Connects succeed, and that is all.
        case noAnswer
    }

    let port: Int
    private let descriptors: [Int32]

    init(_ kind: Kind) throws {
        let listener = try LoopbackSocket.listen(backlog: kind == .fullBacklog ? 0 : 200)
        port = LoopbackSocket.port(of: listener)
        var descriptors = [listener]
        if kind == .fullBacklog {
            // A backlog of zero holds one connection; those after it are not answered.
            for _ in 0..<4 { descriptors.append(try LoopbackSocket.startConnect(to: port)) }
        }
        self.descriptors = descriptors
    }

    deinit { for descriptor in descriptors { close(descriptor) } }
}

/// Plain sockets on 127.0.0.1.
enum LoopbackSocket {
    struct Failure: Error {
        var code = errno
    }

    /// A listener, or with no backlog a port that is taken and where nobody listens.
    static func listen(backlog: Int32?) throws -> Int32 {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw Failure() }
        let isBound = withAddress(port: 0) { bind(listener, $0, $1) } == 0
        guard isBound, backlog.map({ Glibc.listen(listener, $0) }) ?? 0 == 0 else {
            let failure = Failure()
            close(listener)
            throw failure
        }
        return listener
    }

    static func port(of descriptor: Int32) -> Int {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// A connection that may be there later.
    static func startConnect(to port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw Failure() }
        _ = withAddress(port: port) { connect(descriptor, $0, $1) }
        return descriptor
    }

    private static func withAddress(port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
