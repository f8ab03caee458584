internal import CMosquitto
internal import Glibc

/// Owns one client object of libmosquitto.
struct MosquittoHandle: ~Copyable {
    let pointer: OpaquePointer

    /// Makes a client with a persistent session; nil when the library refuses or has no memory.
    init?(clientID: String) {
        _ = Self.library
        guard let pointer = mosquitto_new(clientID, false, nil) else { return nil }
        self.pointer = pointer
        if Self.libraryIsKnown { Self.removeSocketPair(pointer) }
    }

    deinit { mosquitto_destroy(pointer) }

    private static let library = mosquitto_lib_init()

    /// The versions of libmosquitto whose `struct mosquitto` is known to begin with `sock, sockpairR, sockpairW`.
    private static let libraryIsKnown: Bool = {
        var major: Int32 = 0
        var minor: Int32 = 0
        var revision: Int32 = 0
        mosquitto_lib_version(&major, &minor, &revision)
        return major == 2 && minor == 0 && (0...22).contains(revision)
    }()

    /// Closes the pair of sockets with which the library wakes its own loop, which we do not use.
    ///
    /// It costs two files per client, and up to 208 KB of kernel memory, since every packet writes a byte that nobody
    /// reads. The library has no switch for it; it takes −1 for "no socket" everywhere. Nothing happens unless the
    /// three numbers look exactly as expected: no connection yet, and two Unix-domain sockets.
    private static func removeSocketPair(_ pointer: OpaquePointer) {
        let sockets = UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Int32.self)
        guard sockets[0] == -1, sockets[1] != sockets[2], isUnixSocket(sockets[1]), isUnixSocket(sockets[2]) else {
            return
        }
        close(sockets[1])
        close(sockets[2])
        sockets[1] = -1
        sockets[2] = -1
    }

    private static func isUnixSocket(_ descriptor: Int32) -> Bool {
        guard descriptor > 2 else { return false }
        var domain: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX
    }
}
