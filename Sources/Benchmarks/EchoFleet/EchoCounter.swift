import BenchmarkKit
import Synchronization

/// Counts acknowledged echoes and takes the process's figures at the first and the last of those to be measured.
final class EchoCounter: Sendable {
    private let count = Atomic<Int>(0)
    private let failureCount = Atomic<Int>(0)
    private let warmUp: Int
    private let last: Int
    private let marks: AsyncStream<Measure.Mark>
    private let marking: AsyncStream<Measure.Mark>.Continuation

    init(warmUp: Int, echoes: Int) {
        self.warmUp = max(warmUp, 1)
        last = self.warmUp + max(echoes, 1)
        (marks, marking) = AsyncStream.makeStream()
    }

    /// How many reported patches were not acknowledged.
    var failures: Int { failureCount.load(ordering: .relaxed) }

    /// One more echo has been acknowledged.
    func acknowledged() {
        let count = count.add(1, ordering: .relaxed).newValue
        if count == warmUp || count == last { marking.yield(Measure.now()) }
    }

    /// One echo was not.
    func failed() {
        failureCount.add(1, ordering: .relaxed)
    }

    /// The figures at both ends of the measured stretch, once it is over.
    func measured() async -> (Measure.Mark, Measure.Mark) {
        var iterator = marks.makeAsyncIterator()
        // The stream never finishes, so there are always two to come.
        let first = await iterator.next() ?? Measure.now()
        let last = await iterator.next() ?? Measure.now()
        return (first, last)
    }
}
