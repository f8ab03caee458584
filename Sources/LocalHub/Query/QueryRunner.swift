import IoTHub
import TwinQuery

/// Carries queries out over the registry and the jobs.
struct QueryRunner: Sendable {
    let scan: DeviceScan
    let jobs: JobList
    let mode: QueryMode

    /// One page of a query.
    /// - Throws: `IoTHubError`: `argumentInvalid` with the place of a fault in the query or for a bad token,
    ///   `serviceUnavailable` when the hub stops meanwhile.
    func page(of request: QueryRequest) throws(IoTHubError) -> QueryPage {
        let statement: QueryStatement
        do {
            statement = try QueryStatement(parsing: request.text, mode: mode)
        } catch {
            // "BadRequest" is all that the real hub says.
            throw IoTHubError(.argumentInvalid, "BadRequest; \(error)")
        }
        let size = try request.paging.pageSize()
        let position = try request.paging.position(in: request.text)
        let builder = QueryPage.Builder(pageSize: size, rowsLeft: position.map(\.rowsLeft) ?? statement.limit)
        switch (statement.source, statement.selection) {
        case (_, .groups): return try groups(statement, from: position, builder)
        case (.devices, _): return try devices(statement, from: position, builder)
        case (.jobs, _): return try jobRows(statement, from: position, builder)
        // This hub has no modules.
        case (.modules, _): return builder.page(statement.itemType)
        }
    }

    private func devices(
        _ statement: QueryStatement,
        from position: QueryPosition?,
        _ builder: QueryPage.Builder
    ) throws(IoTHubError) -> QueryPage {
        var start: String?
        if let position {
            guard case .device(let id) = position.place else { throw ContinuationToken.refusal }
            start = id
        }
        var builder = builder
        if !builder.isComplete {
            try scan.forEach(after: start) { snapshot in
                let row = TwinRow(snapshot)
                guard statement.matches(row) else { return true }
                return builder.add(.device(snapshot.twin.deviceID)) {
                    statement.selection == .all ? .object(snapshot.serviceView) : statement.project(row)
                }
            }
        }
        return builder.page(statement.itemType)
    }

    private func jobRows(
        _ statement: QueryStatement,
        from position: QueryPosition?,
        _ builder: QueryPage.Builder
    ) throws(IoTHubError) -> QueryPage {
        var start = (job: 0, row: 0)
        if let position {
            guard case .job(let job, let row) = position.place else { throw ContinuationToken.refusal }
            start = (job, row)
        }
        var builder = builder
        if !builder.isComplete {
            jobs.forEachRow(from: start) { place, json in
                guard statement.matches(json) else { return true }
                return builder.add(place) { statement.selection == .all ? json : statement.project(json) }
            }
        }
        return builder.page(statement.itemType)
    }

    /// Aggregates are made anew for each page, so that the hub keeps nothing in between.
    private func groups(
        _ statement: QueryStatement,
        from position: QueryPosition?,
        _ builder: QueryPage.Builder
    ) throws(IoTHubError) -> QueryPage {
        var start = 0
        if let position {
            guard case .group(let count) = position.place else { throw ContinuationToken.refusal }
            start = count
        }
        var grouping = statement.makeGrouping()
        switch statement.source {
        case .devices:
            try scan.forEach { snapshot in
                let row = TwinRow(snapshot)
                if statement.matches(row) { grouping.add(row) }
                return true
            }
        case .jobs:
            jobs.forEachRow(from: (0, 0)) { _, json in
                if statement.matches(json) { grouping.add(json) }
                return true
            }
        case .modules: break
        }
        var builder = builder
        for (index, row) in grouping.rows.enumerated().dropFirst(start) {
            guard builder.add(.group(index + 1), { row }) else { break }
        }
        return builder.page(statement.itemType)
    }
}

extension QueryStatement {
    fileprivate var itemType: QueryPage.ItemType {
        guard selection == .all else { return .raw }
        switch source {
        case .devices, .modules: return .twin
        case .jobs: return .deviceJob
        }
    }
}
