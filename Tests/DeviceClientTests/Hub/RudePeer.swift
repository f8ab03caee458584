import Dispatch
import Glibc

/// A TCP listener on loopback that hangs up on whoever connects; or a port that is taken, and where nobody listens.
final class RudePeer: Sendable {
    let port: Int
    private let listener: Int32
    private let listens: Bool

    init(listens: Bool = true) throws {
        let listener = try LoopbackSocket.listen(backlog: listens ? 8 : nil)
        self.listener = listener
        self.listens = listens
        port = LoopbackSocket.port(of: listener)
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
