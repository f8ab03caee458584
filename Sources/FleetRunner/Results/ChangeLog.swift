/// Every change of a run that was sent, ordered by intended time; records are made while iterating.
public struct ChangeLog: Sendable, Sequence {
    /// The number of records.
    public let count: Int
    private let record: @Sendable (Int) -> ChangeRecord

    /// Creates a log whose record at a position below `count` is made by `record`.
    public init(count: Int, record: @escaping @Sendable (Int) -> ChangeRecord) {
        self.count = count
        self.record = record
    }

    /// Creates a log of ready-made records.
    public init(_ records: [ChangeRecord]) {
        self.init(count: records.count) { records[$0] }
    }

    /// Goes through the records in order.
    public func makeIterator() -> Iterator { Iterator(log: self) }

    /// Makes one record after the other.
    public struct Iterator: IteratorProtocol {
        private let log: ChangeLog
        private var position = 0

        fileprivate init(log: ChangeLog) { self.log = log }

        /// The next record; nil at the end.
        public mutating func next() -> ChangeRecord? {
            guard position < log.count else { return nil }
            defer { position += 1 }
            return log.record(position)
        }
    }
}
