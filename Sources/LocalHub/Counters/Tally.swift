import Synchronization

/// A number that many threads count up.
///
/// An addition costs a few nanoseconds, while the change that it counts costs tens of microseconds. Who reads it sees all
/// that was counted elsewhere before what it holds.
final class Tally: Sendable {
    private let value = Atomic(0)

    /// Counts; an `Int` does not overflow by counting.
    func add(_ number: Int = 1) { value.wrappingAdd(number, ordering: .releasing) }

    var current: Int { value.load(ordering: .acquiring) }
}
