/// Carries work out apart from the event loops that serve devices.
protocol BackgroundWork: Sendable {
    /// Whether the hub is on its way down; what has not begun by then is dropped.
    var isStopping: Bool { get }

    /// Carries out a piece of work as soon as there is a free thread.
    /// - Returns: false when so much waits already that this is not taken.
    @discardableResult
    func run(_ work: @escaping @Sendable () -> Void) -> Bool

    /// Carries out a piece of work when some time has passed; seconds from now, above 0.
    func run(after seconds: Int64, _ work: @escaping @Sendable () -> Void)
}
