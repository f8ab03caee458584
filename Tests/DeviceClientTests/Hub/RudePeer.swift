import Dispatch
import Glibc

/// A TCP listener on loopback that hangs up on whoever connects, and tells when that was.
final class RudePeer: Sendable {
    struct Failure: Error {
        var code = errno
    }

    let port: Int
    let connects = Events<ContinuousClock.Instant>()
    private let listener: Int32

    /// Listens on a port, by default on a free one.
    init(port: Int = 0) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw Failure() }
        self.listener = listener
        var on: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) | listen(listener, 8) | getsockname(listener, address, &size)
            }
        }
        self.port = Int(UInt16(bigEndian: address.sin_port))
        guard code == 0 else { throw Failure() }
        DispatchQueue(label: "rude").async { [connects] in
            // Ends when the listener is shut down.
            while true {
                let peer = accept(listener, nil, nil)
                if peer < 0 { break }
                connects.put(.now)
                close(peer)
            }
            close(listener)
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }
}
