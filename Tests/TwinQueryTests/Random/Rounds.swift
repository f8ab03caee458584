import Foundation

/// How long random tests go on: `TWIN_QUERY_FUZZ=100` makes them a hundred times as long.
enum Rounds {
    static let factor = ProcessInfo.processInfo.environment["TWIN_QUERY_FUZZ"].flatMap { Int($0) } ?? 1
}
