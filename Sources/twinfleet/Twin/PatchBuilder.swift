import IoTHub

/// A merge patch made from a document and short forms such as `location.plant=Redmond43`.
struct PatchBuilder {
    /// The sections that a back end writes, by their place in a patch.
    enum Section: String {
        /// The tags.
        case tags
        /// The desired properties.
        case desired
    }

    /// What has been put together so far.
    private(set) var write: TwinWrite

    /// Starts from a document; its members are overridden by short forms.
    /// - Throws: `CommandError` for a document that a twin could not take, with the path of the fault.
    init(document: JSON?) throws(CommandError) {
        guard let document else {
            write = TwinWrite()
            return
        }
        try Self.checkPlaces(document)
        do {
            write = try TwinWrite(json: document)
        } catch {
            throw CommandError(.usage, "the patch cannot be sent: \(error.message)")
        }
    }

    /// Whether nothing is to be changed.
    var isEmpty: Bool { (write.tags ?? [:]).isEmpty && (write.desired ?? [:]).isEmpty }

    /// Sets a value.
    /// - Parameters:
    ///   - section: where.
    ///   - assignment: `path.to.member=value`; the value is JSON when it reads as JSON, else it is a text.
    ///   - option: the option's name, for messages.
    /// - Throws: `CommandError` for what is no assignment, and for a value that is meant as JSON and is none.
    mutating func set(_ section: Section, _ assignment: String, option: String) throws(CommandError) {
        guard let equals = assignment.firstIndex(of: "=") else {
            throw CommandError(
                .usage,
                "\(option) \(assignment) has no '='; expected path=value, as in \(option) location.plant=Redmond43"
            )
        }
        let path = try Self.path(assignment[..<equals], in: "\(option) \(assignment)")
        let text = String(assignment[assignment.index(after: equals)...])
        do throws(JSONError) {
            put(try Self.value(text), section, path)
        } catch {
            let asText = ShellText.quoted("\(assignment[...equals])\(JSON.string(text).text)")
            throw CommandError(
                .usage,
                "\(option) \(assignment): the value looks like JSON, but is none: \(error); as a text it is \(option) \(asText)"
            )
        }
    }

    /// Has a member removed.
    /// - Parameter name: the member with its section, as in `tags.location.plant` or `desired.telemetryConfig`.
    /// - Throws: `CommandError` for another section and for a path with empty names.
    mutating func unset(_ name: String) throws(CommandError) {
        var names = try Self.path(name[...], in: "--unset \(name)")
        if names.first == "properties" { names.removeFirst() }
        let section = names.isEmpty ? nil : Section(rawValue: names.removeFirst())
        guard let section, !names.isEmpty else {
            let hint = name.contains("reported") ? "; reported properties are the device's to write" : ""
            throw CommandError(
                .usage,
                "--unset \(name): expected tags.… or desired.… and the name of a member\(hint)"
            )
        }
        put(.null, section, names)
    }

    /// A value as people type it: JSON if it reads as such, else a text. (So `43` is a number and `"43"` a text.)
    /// - Throws: `JSONError` for what is plainly meant as JSON and cannot be read: nobody would notice the text in its place.
    static func value(_ text: String) throws(JSONError) -> JSON {
        do throws(JSONError) {
            return try JSON(parsing: text)
        } catch {
            guard looksLikeJSON(text) else { return .string(text) }
            throw error
        }
    }

    /// Whether it begins as an object, an array or a text in quotes does, or is a number.
    private static func looksLikeJSON(_ text: String) -> Bool {
        let text = text.drop(while: \.isWhitespace)
        if let first = text.first, "{[\"".contains(first) { return true }
        return text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\s*/) != nil
    }

    private mutating func put(_ value: JSON, _ section: Section, _ path: [String]) {
        // Members on the way are made; what stands in their place gives way.
        switch section {
        case .tags:
            var collection = TwinCollection(write.tags ?? [:])
            collection[path.joined(separator: ".")] = value
            write.tags = collection.values
        case .desired:
            var collection = TwinCollection(write.desired ?? [:])
            collection[path.joined(separator: ".")] = value
            write.desired = collection.values
        }
    }

    private static func path(_ text: Substring, in option: String) throws(CommandError) -> [String] {
        let names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard !names.contains("") else {
            throw CommandError(.usage, "\(option): the path has an empty name; expected names with dots between them")
        }
        return names
    }

    /// Refuses members where the hub would ignore them, and nobody would notice.
    private static func checkPlaces(_ document: JSON) throws(CommandError) {
        for name in ["desired", "reported"] where document[name] != nil {
            throw CommandError(
                .usage,
                "'\(name)' stands at the top of the patch; expected {\"properties\": {\"\(name)\": …}}"
            )
        }
        guard document["tags"] != nil || document["properties"]?["desired"] != nil else {
            throw CommandError(
                .usage,
                "the patch has neither tags nor properties.desired; expected "
                    + "{\"tags\": {…}, \"properties\": {\"desired\": {…}}}"
            )
        }
    }
}
