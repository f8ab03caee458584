public import IoTHub

/// A place in a row: the names from the row's root down.
public struct QueryPath: Sendable, Hashable, CustomStringConvertible {
    /// The names; never empty.
    ///
    /// The first has the hub's own spelling when it is a root field such as `deviceId`.
    public let names: [String]

    /// Makes a path.
    public init(names: [String]) { self.names = names }

    /// The path with dots.
    public var description: String { names.joined(separator: ".") }
}

/// One row of a collection, as a query sees it.
public protocol QueryRow {
    /// The value at a path; nil where there is none, which a query calls undefined.
    func value(at path: QueryPath) -> JSON?
}

extension JSON: QueryRow {
    /// The value at a path through nested objects; nil where there is none.
    public func value(at path: QueryPath) -> JSON? {
        var value = self
        for name in path.names {
            guard let next = value[name] else { return nil }
            value = next
        }
        return value
    }
}
