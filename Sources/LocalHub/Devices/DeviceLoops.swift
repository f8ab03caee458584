import NIOCore

/// The event loops that carry connections of devices, as one front end sees them.
struct DeviceLoops: Sendable {
    /// Makes the handler of a new connection; called on its loop.
    typealias MakeHandler = @Sendable (DeviceLoop) -> any DeviceChannel

    private let loops: [ObjectIdentifier: DeviceLoop]

    init(_ group: any EventLoopGroup, clock: DeviceClock) {
        var loops: [ObjectIdentifier: DeviceLoop] = [:]
        for eventLoop in group.makeIterator() {
            loops[ObjectIdentifier(eventLoop)] = DeviceLoop(eventLoop, clock: clock)
        }
        self.loops = loops
    }

    /// Whether connections are taken; to be asked on the event loop.
    func isOpen(on eventLoop: any EventLoop) -> Bool { loops[ObjectIdentifier(eventLoop)]?.isOpen ?? false }

    /// Takes a new connection, with its handler as the last of the pipeline; to be called on its event loop.
    /// - Throws: `ChannelError.ioOnClosedChannel` while connections are not taken.
    func take(_ channel: any Channel, _ makeHandler: MakeHandler) throws {
        guard let loop = loops[ObjectIdentifier(channel.eventLoop)] else { throw ChannelError.operationUnsupported }
        if let options = channel.syncOptions {
            // Small, since each of thousands of connections has its own.
            try options.setOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 2048))
            try options.setOption(.writeBufferWaterMark, value: .init(low: 32 * 1024, high: 128 * 1024))
        }
        let handler = makeHandler(loop)
        try channel.pipeline.syncOperations.addHandler(handler)
        try loop.add(handler)
    }

    func startTimers() {
        for loop in loops.values { loop.startTimer() }
    }

    func stopTimers() async {
        for loop in loops.values { await loop.stopTimer() }
    }

    /// Closes what has overstayed.
    func sweep() async {
        for loop in loops.values { await loop.sweep() }
    }

    /// Takes connections again.
    func open() async throws {
        for loop in loops.values { try await loop.open() }
    }

    /// Cuts all connections and takes no more; returns when their sockets are closed.
    func close() async {
        for loop in loops.values { await loop.close() }
    }
}
