import IoTHub
public import TwinQuery

/// A condition that selects devices by what a fleet file declares of them: the WHERE part of a twin query.
///
/// The hub's answer to the same condition may come later: its index lags behind the twins, on a real hub by minutes.
public struct DeviceCondition: Sendable, Hashable {
    /// What a hub takes as a query, in characters.
    ///
    /// Source: Azure IoT Hub documentation, "Reference - IoT Hub quotas and throttling".
    static let queryLimit = 8192

    /// The paths that a fleet file declares values for, in words.
    static let readable = "deviceId, status, tags or properties.reported.connectivity.type"

    let query: QueryCondition

    /// The condition as written in the fleet file: `${NAME}` stands in it as such, so that it can be shown.
    public let text: String

    /// The whole query, as a hub takes it: with what the environment says in it.
    public var statement: String { Self.statement(query.text) }

    /// Whether the statement has something in it that must not be shown, because it came from the environment.
    public var isPrivate: Bool { query.text != text }

    /// Whether it reads what devices report, so that it says nothing of a device that never got ready.
    public var readsReported: Bool { query.references.contains { $0.path.names.first == "properties" } }

    /// Reads a condition, in the language that a real hub accepts.
    /// - Parameters:
    ///   - text: the condition, with `${NAME}` replaced.
    ///   - written: the same as written in the fleet file; nil when it is the text itself.
    /// - Throws: `QueryError` with the place of the first fault, or of a path that a fleet file says nothing about.
    public init(parsing text: String, writtenAs written: String? = nil) throws(QueryError) {
        query = try QueryCondition(parsing: text, mode: .strict)
        self.text = written ?? text
        if let other = query.references.first(where: { !Self.isDeclared($0.path.names) }) {
            throw QueryError(
                line: other.line,
                column: other.column,
                found: "\(Words.quote(other.path.description)), which a fleet file does not declare",
                expected: Self.readable + Self.suggestion(for: other.path)
            )
        }
        let length = Self.statement(text).unicodeScalars.count
        guard length <= Self.queryLimit else {
            throw QueryError(
                line: 1,
                column: 1,
                found: "a query of \(Words.number(length)) characters",
                expected: "at most \(Words.number(Self.queryLimit)), the limit of a hub"
            )
        }
    }

    /// Whether a device is selected, by what is declared of it.
    public func selects(_ device: FleetDevice) -> Bool { query.matches(DeclaredRow(device: device)) }

    private static func statement(_ condition: String) -> String { "SELECT * FROM devices WHERE \(condition)" }

    private static func isDeclared(_ names: [String]) -> Bool {
        switch names.first {
        case "deviceId", "status": names.count == 1
        case "tags": true
        case "properties": names == DeclaredRow.connectivity || names == DeclaredRow.connectivity + ["type"]
        default: false
        }
    }

    private static func suggestion(for path: QueryPath) -> String {
        let known = (DeclaredRow.connectivity + ["type"]).joined(separator: ".")
        return Suggestion.nearest(to: path.description, among: [known]).map { "; did you mean '\($0)'?" } ?? ""
    }
}

/// A device as the hub shows it in a query, as far as its fleet file declares it.
struct DeclaredRow: QueryRow {
    static let connectivity = ["properties", "reported", "connectivity"]

    let device: FleetDevice

    func value(at path: QueryPath) -> JSON? {
        let root: JSON
        let names: ArraySlice<String>
        switch path.names.first {
        case "deviceId": (root, names) = (.string(device.id), path.names.dropFirst())
        case "status": (root, names) = ("enabled", path.names.dropFirst())
        case "tags": (root, names) = (.object(device.tags), path.names.dropFirst())
        case "properties":
            guard path.names.starts(with: Self.connectivity), let type = device.connectivity else { return nil }
            (root, names) = (["type": .string(type)], path.names.dropFirst(Self.connectivity.count))
        default: return nil
        }
        guard let value = root.value(at: names) else { return nil }
        // A null in the file removes a tag, so that the twin has none.
        if value.isNull { return nil }
        return value
    }
}

extension JSON {
    /// The value below this one at names through nested objects; nil where there is none.
    fileprivate func value(at names: some Sequence<String>) -> JSON? {
        var value = self
        for name in names {
            guard let next = value[name] else { return nil }
            value = next
        }
        return value
    }
}
