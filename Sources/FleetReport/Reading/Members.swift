import IoTHub

/// The members of a JSON object, read with the path to each for messages.
struct Members {
    let file: String
    let path: String
    let object: JSONObject

    /// The members of a member.
    func object(_ name: String) throws(RunReadingError) -> Members {
        let value = try value(name)
        guard let object = value.objectValue else { throw fault(name, value, "an object") }
        return Members(file: file, path: join(name), object: object)
    }

    /// A list of objects.
    func objects(_ name: String) throws(RunReadingError) -> [Members] {
        let value = try value(name)
        guard let elements = value.arrayValue else { throw fault(name, value, "a list") }
        var members: [Members] = []
        for (index, element) in elements.enumerated() {
            guard let object = element.objectValue else { throw fault("\(name)[\(index)]", element, "an object") }
            members.append(Members(file: file, path: join("\(name)[\(index)]"), object: object))
        }
        return members
    }

    func texts(_ name: String) throws(RunReadingError) -> [String] {
        let value = try value(name)
        guard let elements = value.arrayValue else { throw fault(name, value, "a list of texts") }
        var texts: [String] = []
        for (index, element) in elements.enumerated() {
            guard let text = element.stringValue else { throw fault("\(name)[\(index)]", element, "a text") }
            texts.append(text)
        }
        return texts
    }

    func text(_ name: String) throws(RunReadingError) -> String {
        let value = try value(name)
        guard let text = value.stringValue else { throw fault(name, value, "a text") }
        return text
    }

    func flag(_ name: String) throws(RunReadingError) -> Bool {
        let value = try value(name)
        guard let flag = value.boolValue else { throw fault(name, value, "true or false") }
        return flag
    }

    /// A whole number from 0.
    func count(_ name: String) throws(RunReadingError) -> Int {
        let number = try integer(name)
        guard number >= 0 else { throw fault(name, .integer(number), "a number from 0") }
        return Int(number)
    }

    func optionalCount(_ name: String) throws(RunReadingError) -> Int? {
        try value(name).isNull ? nil : count(name)
    }

    func integer(_ name: String) throws(RunReadingError) -> Int64 {
        let value = try value(name)
        guard let number = value.integerValue, RunFiles.isSound(number) else {
            throw fault(name, value, "a whole number of at most 16 digits")
        }
        return number
    }

    func optionalInteger(_ name: String) throws(RunReadingError) -> Int64? {
        try value(name).isNull ? nil : integer(name)
    }

    func number(_ name: String) throws(RunReadingError) -> Double {
        let value = try value(name)
        guard let number = value.doubleValue, number.isFinite, abs(number) <= RunFiles.greatest else {
            throw fault(name, value, "a number")
        }
        return number
    }

    func optionalNumber(_ name: String) throws(RunReadingError) -> Double? {
        try value(name).isNull ? nil : number(name)
    }

    /// Seconds, as exact as they were written: to the nanosecond.
    func duration(_ name: String) throws(RunReadingError) -> Duration {
        let seconds = try number(name)
        // A thousand years.
        guard (0...3.2e10).contains(seconds) else { throw fault(name, .double(seconds), "seconds from 0") }
        let whole = seconds.rounded(.down)
        return .seconds(Int64(whole)) + .nanoseconds(Int64(((seconds - whole) * 1e9).rounded()))
    }

    /// An instant in microseconds since 1970 UTC; null is one that no calendar has.
    func time(_ name: String) throws(RunReadingError) -> Int64 {
        if try value(name).isNull { return .max }
        let text = try text(name)
        guard let time = try? HubTimestamp(parsing: text) else {
            throw fault(name, .string(text), "a time like 2022-06-01T22:27:50.2612586Z")
        }
        return time.microsecondsSinceEpoch
    }

    /// One of the values of an enumeration.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String) throws(RunReadingError) -> Choice {
        let text = try text(name)
        guard let choice = Choice(rawValue: text) else {
            throw fault(name, .string(text), "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    func value(_ name: String) throws(RunReadingError) -> JSON {
        guard let value = object[name] else {
            throw RunReadingError(file: file, found: "no \(join(name))", expected: "one")
        }
        return value
    }

    func fault(_ name: String, _ value: JSON, _ expected: String) -> RunReadingError {
        RunReadingError(file: file, found: "\(join(name)) \(RunReadingError.quoted(value.text))", expected: expected)
    }

    private func join(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}
