import NIOCore

/// The handler of one connection, as its loop knows it; all calls come on the loop.
protocol DeviceChannel: ChannelHandler {
    /// Looks at deadlines; called every now and then.
    func timePassed(_ now: NIODeadline)

    /// Closes the socket at once, without TLS's farewell, as when the hub dies.
    /// - Returns: when it is closed; nil when it is already.
    func cut(because reason: DeviceCloseReason) -> EventLoopFuture<Void>?
}
