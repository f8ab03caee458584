import Glibc
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A front end of the hub for devices, over TLS: listens, and hands each connection to a handler of its own.
final class DeviceServer: Sendable {
    private enum Phase: Sendable {
        case listening(any Channel)
        case suspended
        case stopped
    }

    /// How often, and how far apart, `resume` tries to get its port back.
    private static let bindAttempts = 20
    private static let bindPause = Duration.milliseconds(100)

    /// The port that is listened on, also while suspended.
    let port: Int
    private let bindAddress: String
    private let tls: HubTLS
    private let group: any EventLoopGroup
    private let loops: DeviceLoops
    private let makeHandler: DeviceLoops.MakeHandler
    private let phase: NIOLockedValueBox<Phase>
    /// Suspending, resuming and stopping come one after the other, in whatever order they were asked for.
    private let turns = Turns()

    /// Starts listening.
    /// - Parameters:
    ///   - bindAddress: an IP address of this machine.
    ///   - port: 0 for any that is free.
    ///   - tls: the server's certificate and key.
    ///   - group: must outlive the server.
    ///   - clock: other than the system's in tests.
    ///   - makeHandler: called on the new connection's loop.
    /// - Returns: the server; it must be stopped.
    /// - Throws: `IOError` when the port cannot be had.
    static func start(
        bindAddress: String,
        port: Int,
        tls: HubTLS,
        group: any EventLoopGroup,
        clock: DeviceClock,
        makeHandler: @escaping DeviceLoops.MakeHandler
    ) async throws -> DeviceServer {
        let loops = DeviceLoops(group, clock: clock)
        let listener = try await listen(
            on: bindAddress,
            port,
            tls: tls,
            group: group,
            loops: loops,
            makeHandler: makeHandler
        )
        loops.startTimers()
        return DeviceServer(
            listener: listener,
            port: listener.localAddress?.port ?? port,
            bindAddress: bindAddress,
            tls: tls,
            group: group,
            loops: loops,
            makeHandler: makeHandler
        )
    }

    private init(
        listener: any Channel,
        port: Int,
        bindAddress: String,
        tls: HubTLS,
        group: any EventLoopGroup,
        loops: DeviceLoops,
        makeHandler: @escaping DeviceLoops.MakeHandler
    ) {
        self.port = port
        self.bindAddress = bindAddress
        self.tls = tls
        self.group = group
        self.loops = loops
        self.makeHandler = makeHandler
        phase = NIOLockedValueBox(.listening(listener))
    }

    private static func listen(
        on address: String,
        _ port: Int,
        tls: HubTLS,
        group: any EventLoopGroup,
        loops: DeviceLoops,
        makeHandler: @escaping DeviceLoops.MakeHandler
    ) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            // A fleet connects all at once.
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.maxMessagesPerRead, value: 64)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Without it Nagle's algorithm holds small packets back for up to 40 ms.
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(tls.makeHandler())
                    try loops.take(channel, makeHandler)
                }
            }
            .bind(host: address, port: port)
            .get()
    }

    /// Closes the listener and every connection at once, as when the hub dies; sessions stay.
    func suspend() async {
        await turns.take { await self.close(nextPhase: .suspended) }
    }

    /// Listens again on the same port.
    /// - Throws: `IOError` when the port cannot be had any more.
    func resume() async throws {
        try await turns.take {
            guard case .suspended = self.phase.withLockedValue({ $0 }) else { return }
            try await self.loops.open()
            let listener = try await self.listenAgain()
            self.phase.withLockedValue { $0 = .listening(listener) }
        }
    }

    /// Stops for good; returns when all sockets are closed.
    func stop() async {
        await turns.take {
            await self.close(nextPhase: .stopped)
            await self.loops.stopTimers()
        }
    }

    /// Closes at once whatever has overstayed; the server does it by itself every now and then.
    func sweep() async {
        await loops.sweep()
    }

    private func close(nextPhase: Phase) async {
        let last = phase.withLockedValue { phase in
            let last = phase
            // What has stopped stays so.
            if case .stopped = last { return last }
            phase = nextPhase
            return last
        }
        if case .listening(let listener) = last {
            // Fails when the listener is closed already.
            try? await listener.close().get()
        }
        await loops.close()
    }

    /// While nobody listened, a client's socket may have got the port as its own for a moment (one that connects to a
    /// port without a listener can end up connected to itself), so one failure is not the end.
    private func listenAgain() async throws -> any Channel {
        var attempt = 1
        while true {
            do {
                return try await Self.listen(
                    on: bindAddress,
                    port,
                    tls: tls,
                    group: group,
                    loops: loops,
                    makeHandler: makeHandler
                )
            } catch let error as IOError where error.errnoCode == EADDRINUSE && attempt < Self.bindAttempts {
                attempt += 1
                try await Task.sleep(for: Self.bindPause)
            }
        }
    }
}
