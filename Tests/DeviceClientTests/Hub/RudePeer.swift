import Dispatch
import Glibc

/// A TCP listener on loopback that hangs up on whoever connects; or a port that is taken, and where nobody listens.
final class RudePeer: Sendable {
    struct Failure: Error {
        var code = errno
    }

    let port: Int
    private let listener: Int32
    private let listens: Bool

    init(listens: Bool = true) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw Failure() }
        self.listener = listener
        self.listens = listens
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) | (listens ? listen(listener, 8) : 0)
                    | getsockname(listener, address, &size)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard code == 0 else { throw Failure() }
        guard listens else { return }
        DispatchQueue(label: "rude").async {
            // Ends when the listener is shut down.
            while true {
                let peer = accept(listener, nil, nil)
                if peer < 0 { break }
                close(peer)
            }
            close(listener)
        }
    }

    deinit {
        // A listener is closed by whoever accepts on it.
        if listens { shutdown(listener, Int32(SHUT_RDWR)) } else { close(listener) }
    }
}
