internal import Glibc

/// Carries what libmosquitto, which knows no WebSockets, writes into a Unix-domain socket over one, and back.
///
/// Neither end of the Unix-domain connection is watched: the library writes inside our calls only, so whoever calls it
/// collects afterwards, and whoever has delivered something calls it.
final class MosquittoTunnel {
    /// What may wait for the WebSocket before the library's socket is left to fill up.
    private static let unsentLimit = 65_536
    private static let readSize = 16_384

    let stream: any HubStream
    private let listener: LocalListener
    /// Our end of the Unix-domain connection; −1 before the library has connected.
    private var descriptor: Int32 = -1
    /// What has come over the WebSocket, and is not delivered.
    private var incoming: [UInt8] = []
    private var incomingStart = 0

    init(_ stream: any HubStream, _ listener: LocalListener) {
        self.stream = stream
        self.listener = listener
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Reads and writes what the WebSocket's socket allows.
    /// - Returns: whether there is more to read although the socket may stay silent.
    func socketReady(_ events: UInt32) -> Bool {
        stream.socketReady(events) { incoming.append(contentsOf: $0) }
    }

    /// Has the library connect; `connecting` gets the path, and says whether it worked.
    func start(connecting: (String) -> Bool) throws(DeviceClientError) {
        descriptor = try listener.accept { connecting(listener.path) }
    }

    /// Puts into the library's socket what it takes.
    /// - Returns: whether there was something for the library to read.
    func deliver() -> Bool {
        guard incomingStart < incoming.count else { return false }
        let count = incoming.withUnsafeBytes { bytes in
            let rest = UnsafeRawBufferPointer(rebasing: bytes[incomingStart...])
            return Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
        }
        // The library has closed its end, and has said why.
        guard count > 0 else { return false }
        incomingStart += count
        if incomingStart == incoming.count {
            incoming.removeAll(keepingCapacity: incoming.count <= Self.readSize)
            incomingStart = 0
        }
        return true
    }

    /// Sends what the library has written, as long as the WebSocket takes it.
    /// - Returns: whether there was something.
    func collect() -> Bool {
        withUnsafeTemporaryAllocation(byteCount: Self.readSize, alignment: 1) { buffer in
            var hasCollected = false
            while descriptor >= 0, stream.unsentCount < Self.unsentLimit {
                let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
                if count <= 0 { break }
                stream.send(Array(buffer[..<count]))
                hasCollected = true
                if count < buffer.count { break }
            }
            return hasCollected
        }
    }
}
