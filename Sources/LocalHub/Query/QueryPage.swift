import IoTHub

/// One page of rows.
struct QueryPage: Sendable {
    /// What the rows are, in the words of `x-ms-item-type`; clients compare them with case.
    enum ItemType: String, Sendable {
        case twin = "Twin"
        case raw = "Raw"
        case deviceJob = "DeviceJob"
        case jobResponse = "JobResponse"
    }

    let itemType: ItemType
    let rows: [JSON]
    /// Where the next page starts; nil when there is none.
    let next: QueryPosition?

    /// Collects the rows of a page, and sees one more to know whether another page follows.
    struct Builder {
        private let pageSize: Int
        /// How many rows `TOP` allows from here on; nil without it.
        private let rowsLeft: Int?
        private var rows: [JSON] = []
        private var last: QueryPosition.Place?
        private var hasMore = false

        init(pageSize: Int, rowsLeft: Int? = nil) {
            self.pageSize = pageSize
            self.rowsLeft = rowsLeft
        }

        /// Whether no more rows are of interest.
        var isComplete: Bool { hasMore || rowsLeft.map { rows.count >= $0 } ?? false }

        /// Takes the next row.
        /// - Parameters:
        ///   - place: the position right after the row.
        ///   - row: makes the row, if it belongs to this page.
        /// - Returns: whether more rows are of interest.
        mutating func add(_ place: QueryPosition.Place, _ row: () -> JSON) -> Bool {
            guard !isComplete else { return false }
            guard rows.count < pageSize else {
                hasMore = true
                return false
            }
            rows.append(row())
            last = place
            return !isComplete
        }

        /// The page so far.
        func page(_ itemType: ItemType) -> QueryPage {
            let next = hasMore ? last.map { QueryPosition($0, rowsLeft: rowsLeft.map { $0 - rows.count }) } : nil
            return QueryPage(itemType: itemType, rows: rows, next: next)
        }
    }
}
