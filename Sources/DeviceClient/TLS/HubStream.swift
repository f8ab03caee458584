/// Bytes to the hub and back over TLS, as a socket of a lane; it never waits for anything.
///
/// The owner watches `descriptor` for `interest`, calls `socketReady` when there is news, and looks at `failure` after that
/// and after sending. The socket closes when the object goes.
protocol HubStream: AnyObject {
    var descriptor: Int32 { get }
    /// Who is at the other end, by address or by name.
    var peer: String { get }
    /// Whether bytes can be sent and come in.
    var isOpen: Bool { get }
    /// Why the connection is gone; nil while it stands.
    var failure: DeviceClientError? { get }
    /// What the socket must be watched for now.
    var interest: UInt32 { get }
    /// How many bytes wait for the socket to take them.
    var unsentCount: Int { get }

    /// Does what the socket allows; what has come is handed over in pieces, while nothing may be sent.
    /// - Returns: whether TLS still holds bytes for which the socket will not become readable.
    func socketReady(_ events: UInt32, received: (UnsafeRawBufferPointer) -> Void) -> Bool
    /// Sends, or keeps what the socket does not take at once.
    func send(_ bytes: [UInt8])
    /// Tells the peer that this is the end.
    func shutdown()
}
